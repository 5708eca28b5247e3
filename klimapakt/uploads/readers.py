"""Who of the office may open a released file: said by the app that owns its case. Nobody where no app says so."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractUser

from klimapakt.uploads.models import Upload

MayRead = Callable[[AbstractUser, int], bool]
"""Takes the user and the id of the case."""

_readers: dict[str, MayRead] = {}


def register(model_name: str, may_read: MayRead) -> None:
    """Say who may open the files about objects of this model. Called from an app's `ready()`."""
    _readers[model_name] = may_read


def may_read(user: AbstractUser, upload: Upload) -> bool:
    model_name, _, pk = upload.about.partition(":")
    return model_name in _readers and _readers[model_name](user, int(pk))
