from applications.models.applications import Application, CaseEvent, Attachment, ReceivedBy
from applications.models.carriers import CarrierMessage, CarrierReview
from applications.models.submissions import Consent, DocumentReview, Finding, Submission, SubmittedFile

__all__ = [
    "Application",
    "CaseEvent",
    "Attachment",
    "CarrierMessage",
    "CarrierReview",
    "Consent",
    "DocumentReview",
    "Finding",
    "ReceivedBy",
    "Submission",
    "SubmittedFile",
]
