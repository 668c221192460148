from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from guestbook.models import Entry


class EntryForm(forms.ModelForm):
    class Meta:
        model = Entry
        fields = ["name", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


def index(request: HttpRequest) -> HttpResponse:
    form = EntryForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("index")
    return render(request, "index.html", {"form": form, "entries": Entry.objects.all()[:50]})


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "entries": Entry.objects.count()})
