from applications.models.applications import Application, Attachment, CaseEvent, ReceivedBy
from applications.models.carriers import CarrierMessage, CarrierReview
from applications.models.submissions import Consent, DocumentReview, Finding, Submission, SubmittedFile

__all__ = [
    "Application",
    "Attachment",
    "CarrierMessage",
    "CarrierReview",
    "CaseEvent",
    "Consent",
    "DocumentReview",
    "Finding",
    "ReceivedBy",
    "Submission",
    "SubmittedFile",
]
