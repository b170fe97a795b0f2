from django.urls import path

from . import sequences

urlpatterns = [
    path("sequences", sequences.Sequences.as_view()),
    path("sequences/<str:sequence_id>", sequences.OneSequence.as_view()),
    path("sequences/<str:sequence_id>/gaps", sequences.Gaps.as_view()),
]
