"""The S3 driver, held to what all S3-compatible stores agree on: path addressing, version 4 signatures, multipart
uploads with ListParts, presigned addresses, objects deleted one by one.

Two clients: one speaks to the store inside the house, the other only signs, for the origin under which browsers
reach it.  The host is part of a signature, so an address signed for one is refused by the other.
"""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from veo_workflow.errors import StorageFull, Unavailable, VeoError
from veo_workflow.metrics import STORAGE_ERRORS
from veo_workflow.scratch import folder_in
from veo_workflow.storage import BadPart, Delivery, NoSuchObject, PartAddress, Parts, StoredObject, StoredPart
from veo_workflow.storage.files import room_to_write
from veo_workflow.storage.keys import check_arrived, check_key, check_part, check_prefix, is_joined
from veo_workflow.storage.versions import Versions

_MIB = 1024 * 1024
_TRANSFER = TransferConfig(multipart_threshold=64 * _MIB, multipart_chunksize=16 * _MIB, max_concurrency=2)
_DELIVERY_LIFETIME = 60  # seconds; nginx asks the store at once
_ABORTS = 5  # a part that was arriving during an abort can survive it

_GONE = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
_BAD_PART = {"EntityTooSmall", "InvalidPart", "InvalidPartOrder", "MalformedXML"}
_FULL = {"507", "InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"}


class S3Storage:
    """`Storage` on one private bucket of an S3-compatible store. The bucket exists already."""

    def __init__(
        self,
        *,
        bucket: str,
        endpoint: str,
        public_origin: str,
        region: str,
        access_key: str,
        secret: str,
        scratch: Path,
    ) -> None:
        """`endpoint` is the store's own address, `public_origin` the one that browsers send parts to.

        `scratch` is where `local` keeps its copies while they are needed.
        """
        self._bucket = bucket
        self._scratch = scratch
        self._store = _client(endpoint, region, access_key, secret)
        self._signer = _client(public_origin, region, access_key, secret)
        self._versions = Versions(self._store, bucket)

    def put(self, key: str, source: Path, content_type: str) -> StoredObject:
        check_key(key)
        with _spoken(), source.open("rb") as body:
            size = source.stat().st_size
            self._store.upload_fileobj(
                body, self._bucket, key, ExtraArgs={"ContentType": content_type}, Config=_TRANSFER
            )
        return self._whole(key, size)

    def fetch(self, key: str, target: Path) -> None:
        check_key(key)
        with _spoken(), room_to_write():
            self._store.download_file(self._bucket, key, str(target), Config=_TRANSFER)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with folder_in(self._scratch, "copy") as folder:
            copy = folder / Path(key).name
            self.fetch(key, copy)
            yield copy

    def head(self, key: str) -> StoredObject | None:
        check_key(key)
        try:
            with _spoken():
                found = self._store.head_object(Bucket=self._bucket, Key=key)
        except NoSuchObject:
            return None
        return StoredObject(key, found["ContentLength"], _bare(found["ETag"]), found["LastModified"])

    def list(self, prefix: str) -> Iterator[StoredObject]:
        for each in self._pages("list_objects_v2", "Contents", Prefix=check_prefix(prefix)):
            yield StoredObject(each["Key"], each["Size"], _bare(each["ETag"]), each["LastModified"])

    def delete(self, key: str) -> None:
        check_key(key)
        with contextlib.suppress(NoSuchObject), _spoken():
            if self._versions.kept() or self._versions.have_shown(
                self._store.delete_object(Bucket=self._bucket, Key=key)
            ):
                self._versions.remove(key)

    def delete_older(self, prefix: str) -> int:
        with _spoken():
            return self._versions.remove_older(check_prefix(prefix)) if self._versions.kept() else 0

    def keys_left(self, prefix: str) -> Iterator[str]:
        with _spoken():
            if self._versions.kept():
                yield from self._versions.keys(check_prefix(prefix))
                return
        yield from (each.key for each in self.list(prefix))

    def delivery(self, key: str) -> Delivery:
        found = self.head(key)
        if found is None:
            raise _no_such_object()
        wanted = {"Bucket": self._bucket, "Key": key}
        with _spoken():
            address = self._store.generate_presigned_url("get_object", Params=wanted, ExpiresIn=_DELIVERY_LIFETIME)
        return Delivery(address=address, etag=found.etag)

    def begin_parts(self, key: str, content_type: str) -> str:
        check_key(key)
        with _spoken():
            begun = self._store.create_multipart_upload(Bucket=self._bucket, Key=key, ContentType=content_type)
        return str(begun["UploadId"])

    def sign_part(self, key: str, upload: str, n: int, size: int, md5: str | None, lifetime: int) -> PartAddress:
        check_key(key)
        check_part(n, size, md5)
        part: dict[str, Any] = {"PartNumber": n, "ContentLength": size, **({"ContentMD5": md5} if md5 else {})}
        expires_at = datetime.now(UTC) + timedelta(seconds=lifetime)
        with _spoken():
            url = self._signer.generate_presigned_url(
                "upload_part", Params={**self._upload(key, upload), **part}, ExpiresIn=lifetime
            )
        return PartAddress(n=n, url=url, headers={"Content-MD5": md5} if md5 else {}, expires_at=expires_at)

    def list_parts(self, key: str, upload: str) -> Parts:
        check_key(key)
        found = self._pages("list_parts", "Parts", Key=key, UploadId=upload)
        return [StoredPart(each["PartNumber"], each["Size"], _bare(each["ETag"])) for each in found]

    def join_parts(self, key: str, upload: str, parts: Sequence[StoredPart]) -> StoredObject:
        try:
            check_arrived(parts, self.list_parts(key, upload))
            ordered = [{"PartNumber": part.n, "ETag": part.etag} for part in sorted(parts, key=lambda part: part.n)]
            with _spoken():
                self._store.complete_multipart_upload(**self._upload(key, upload), MultipartUpload={"Parts": ordered})
        except NoSuchObject:
            # Joined before, and the answer was lost on its way to us or to the client's own retry.
            found = self.head(key)
            if found is None or not is_joined(found, parts):
                raise
        return self._whole(key, sum(part.size for part in parts))

    def abort_parts(self, key: str, upload: str) -> None:
        check_key(key)
        with contextlib.suppress(NoSuchObject):
            for _ in range(_ABORTS):
                with _spoken():
                    self._store.abort_multipart_upload(**self._upload(key, upload))
                self.list_parts(key, upload)

    def open_uploads(self, prefix: str) -> Iterator[tuple[str, str]]:
        for each in self._pages("list_multipart_uploads", "Uploads", Prefix=check_prefix(prefix)):
            yield each["Key"], each["UploadId"]

    def sweep_temporary(self, older_than: timedelta) -> int:
        return 0  # nothing half written is visible in a bucket, and `scratch` is swept by whoever it belongs to

    def _pages(self, operation: str, field: str, **wanted: str) -> Iterator[dict[str, Any]]:
        with _spoken():
            for page in self._store.get_paginator(operation).paginate(Bucket=self._bucket, **wanted):
                yield from page.get(field, [])

    def _whole(self, key: str, size: int) -> StoredObject:
        found = self.head(key)
        if found is None or found.size != size:
            raise Unavailable("The store did not keep the whole file. Try again in a moment.")
        return found

    def _upload(self, key: str, upload: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": key, "UploadId": upload}


def _client(endpoint: str, region: str, access_key: str, secret: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "total_max_attempts": 4},
            connect_timeout=5,
            read_timeout=60,
        ),
    )


def _bare(etag: str) -> str:
    return etag.strip('"')


def _no_such_object() -> NoSuchObject:
    return NoSuchObject("What was stored here is no longer there. Reload the page.")


@contextlib.contextmanager
def _spoken() -> Iterator[None]:
    """Everything the store or its client can answer, in our own few errors."""
    try:
        yield
    except ClientError as error:
        problem = _in_our_words(str(error.response.get("Error", {}).get("Code", "")))
        if not isinstance(problem, NoSuchObject):
            STORAGE_ERRORS.add(problem.code)
        raise problem from error
    except (BotoCoreError, Boto3Error) as error:
        STORAGE_ERRORS.add(Unavailable.code)
        raise Unavailable("The store does not answer. Try again in a moment.") from error


def _in_our_words(code: str) -> VeoError:
    if code in _GONE:
        return _no_such_object()
    if code in _BAD_PART:
        return BadPart("The store cannot join these parts. Send the file again.")
    if code in _FULL:
        return StorageFull("The store is full. Ask your administrator to free some space, then try again.")
    return Unavailable(f"The store refused this ({code or 'no reason given'}). Try again in a moment.")
