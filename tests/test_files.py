"""The file store: once under its SHA-256, whole or not at all, and never believed unchecked."""

import os
from hashlib import sha256

import pytest

from lims.files import FileAltered, FileMissing, FileStore

PAPER = b"%PDF-1.4 release certificate"


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


def alter(store, digest, content=b"another certificate"):
    path = store.path(digest)
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize("content", [PAPER, b"", bytes(range(256)) * 5000], ids=len)
def test_what_was_stored_comes_back(store, content):
    digest = store.put(content)

    assert digest == sha256(content).hexdigest()
    assert store.get(digest) == content


def test_storing_twice_keeps_one_file(store):
    assert store.put(PAPER) == store.put(PAPER)

    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1


def test_storing_again_leaves_the_file_alone(store):
    before = store.path(store.put(PAPER)).stat()
    after = store.path(store.put(PAPER)).stat()

    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_stored_file_is_read_only(store):
    assert store.path(store.put(PAPER)).stat().st_mode & 0o222 == 0


def test_an_altered_file_is_not_served(store):
    digest = store.put(PAPER)
    alter(store, digest)

    with pytest.raises(FileAltered, match=digest):
        store.get(digest)


def test_storing_the_right_bytes_again_mends_an_altered_file(store):
    digest = store.put(PAPER)
    alter(store, digest)

    store.put(PAPER)

    assert store.get(digest) == PAPER


@pytest.mark.parametrize("digest", ["0" * 64, "", "abc", "../../etc/passwd", "A" * 64, "é" * 64])
def test_what_is_not_there_is_missing(store, digest):
    assert not store.exists(digest)
    with pytest.raises(FileMissing, match="backup"):
        store.get(digest)


def test_what_is_stored_exists(store):
    assert store.exists(store.put(PAPER))


def test_a_crash_before_the_name_leaves_nothing(store, monkeypatch):
    def power_cut(*_):
        raise OSError("power cut")

    monkeypatch.setattr(os, "replace", power_cut)

    with pytest.raises(OSError, match="power cut"):
        store.put(PAPER)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_what_is_stored_is_listed_in_order(store):
    digests = [store.put(bytes([n])) for n in range(20)]

    assert list(store.digests()) == sorted(digests)
    assert all(map(store.intact, digests))


def test_an_empty_store_lists_nothing(store):
    assert [*store.digests(), *store.strangers()] == []


def test_altered_and_missing_files_are_not_intact(store):
    altered = store.put(PAPER)
    alter(store, altered)

    assert not store.intact(altered)
    assert not store.intact(sha256(b"lost").hexdigest())


def test_a_file_of_another_name_is_a_stranger(store):
    (store.root / "ab").mkdir(parents=True)
    (notes := store.root / "ab" / "notes.txt").write_text("hello")

    assert list(store.strangers()) == [notes]
    assert list(store.digests()) == []
