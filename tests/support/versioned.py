"""A bucket of the tests' store that keeps versions, and what the store has for it, asked beneath S3."""

import json
import urllib.request
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config

from tests.support.swift_s3 import Store


def client(store: Store) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=store.region,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def keep_versions(store: Store, bucket: str, status: str = "Enabled") -> None:
    client(store).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def kept_in(store: Store, bucket: str) -> list[str]:
    """The key of everything Swift itself has for the bucket, once for each: what stands there, older versions, marks,
    and parts of uploads, joined or not.
    """
    asked = {"X-Auth-User": store.access_key, "X-Auth-Key": store.secret_key}
    with _get(f"{store.endpoint}/auth/v1.0", asked) as signed_in:
        token, account = signed_in.headers["X-Auth-Token"], signed_in.headers["X-Storage-Url"]
    found = []
    for container in _list(account, token):
        if container in {bucket, f"{bucket}+segments"}:
            found += _list(f"{account}/{quote(container)}", token)
    return sorted(found)


def _list(address: str, token: str) -> list[str]:
    with _get(f"{address}?format=json&versions=true", {"X-Auth-Token": token}) as answer:
        return [each["name"] for each in json.load(answer)]


def _get(address: str, headers: dict[str, str]) -> Any:
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers))
