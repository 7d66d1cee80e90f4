from django.urls import path

from kmc_portal.demo import views

app_name = "demo"
urlpatterns = [
    path("applications/<int:pk>/<slug:name>/", views.sample, name="sample"),
]
