"""Settings are read once and refused with a sentence that says what to do."""

import stat
from pathlib import Path

import pytest

from lims.config import Settings
from lims.environment import LANGUAGES
from lims.errors import SettingError
from lims.secret_key import EXAMPLE

KEY = "k" * 32


@pytest.fixture
def read(tmp_path):
    def read(**variables):
        environ = {"LIMS_DATA_DIR": str(tmp_path), "LIMS_SECRET_KEY": KEY, "HOME": "/root"}
        return Settings.from_environment(environ | variables)

    return read


def test_nothing_but_a_folder_is_needed(read, tmp_path):
    settings = read()

    assert settings.database_url == f"sqlite:///{tmp_path}/lims.sqlite"
    assert settings.anchor_dir == tmp_path / "anchors"
    assert settings.time_zone.key == "Europe/Minsk"
    assert settings.languages == LANGUAGES
    assert not settings.https


def test_postgresql_takes_one_variable(read):
    url = "postgresql+psycopg://lims:word@db/lims"

    assert read(LIMS_DATABASE_URL=url).database_url == url


def test_an_empty_variable_is_an_absent_one(read):
    assert read(LIMS_LANGUAGES="", LIMS_PROXY_HOPS="").languages == LANGUAGES


def test_the_first_language_is_the_default(read):
    assert read(LIMS_LANGUAGES="en, ru").default_language == "en"


def test_an_https_address_makes_the_site_secure(read):
    assert read(LIMS_URL="https://lims.example/").url == "https://lims.example"
    assert read(LIMS_URL="https://lims.example").https


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("LIMS_DATABASE", "sqlite:///x", "Did you mean LIMS_DATABASE_URL?"),
        ("LIMS_DATABASE_URL", "mysql://lims", "postgresql+psycopg://user"),
        ("LIMS_DATABASE_URL", "postgres://lims", "postgresql+psycopg://user"),
        ("LIMS_MIGRATION_URL", "sqlite://", "sqlite:////folder"),
        ("LIMS_TIME_ZONE", "Europe/Minks", "Did you mean Europe/Minsk?"),
        ("LIMS_LANGUAGES", "ru,be", "choose from: ru, en"),
        ("LIMS_URL", "lims.example", "such as https://lims.example"),
        ("LIMS_URL", "https://lims.example/lims", "such as https://lims.example"),
        ("LIMS_PROXY_HOPS", "-1", "from 0 to 5"),
        ("LIMS_PROXY_HOPS", "9", "from 0 to 5"),
        ("LIMS_MAX_UPLOAD_MB", "1.5", "from 1 to 1000"),
        ("LIMS_PRINTER_DPI", "204", "choose from: 203, 300, 600"),
        ("LIMS_MAIL_SERVER", "mail.example", "write smtp://host:port"),
        ("LIMS_MAIL_FROM", "the laboratory", "such as lims@clinic.example"),
        ("LIMS_SECRET_KEY", "short", "at least 32 bytes"),
        ("LIMS_SECRET_KEY", EXAMPLE, "make one of your own"),
    ],
)
def test_a_wrong_setting_says_what_to_write_instead(read, name, value, advice):
    with pytest.raises(SettingError) as refused:
        read(**{name: value})

    assert advice in refused.value.english()
    assert name in refused.value.english()


def test_a_refused_database_address_keeps_its_password_to_itself(read):
    with pytest.raises(SettingError) as refused:
        read(LIMS_DATABASE_URL="postgres://lims:hunter2@db/lims")

    assert "hunter2" not in str(refused.value)


def test_a_mail_server_is_named_together_with_who_writes(read):
    with pytest.raises(SettingError, match="LIMS_MAIL_FROM"):
        read(LIMS_MAIL_SERVER="smtp://mail.example")

    settings = read(LIMS_MAIL_SERVER="smtp://mail.example", LIMS_MAIL_FROM="lims@clinic.example")
    assert settings.mail_server.port == 25


def test_a_refused_mail_server_keeps_its_password_to_itself(read):
    with pytest.raises(SettingError) as refused:
        read(LIMS_MAIL_SERVER="smtp://lims:hunter2@mail/inbox")

    assert "hunter2" not in str(refused.value)


def test_the_tests_own_variables_are_left_to_them(read):
    assert read(LIMS_TEST_ANYTHING="1")


def test_a_key_is_made_once_and_kept_for_its_owner_alone(read, tmp_path):
    made = read(LIMS_SECRET_KEY="").secret_key

    assert read(LIMS_SECRET_KEY="").secret_key == made
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_a_key_that_others_may_read_is_refused(read, tmp_path):
    read(LIMS_SECRET_KEY="")
    (tmp_path / "secret.key").chmod(0o644)

    with pytest.raises(SettingError, match="chmod 600"):
        read(LIMS_SECRET_KEY="")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingError, match="file/var cannot be written"):
        Settings.from_environment({"LIMS_DATA_DIR": str(tmp_path / "file" / "var")})


def test_the_data_folder_is_made_for_its_owner_alone(read, tmp_path):
    folder = read(LIMS_DATA_DIR=str(tmp_path / "a" / "var")).data_dir

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_data_folder_is_absolute_wherever_the_program_is_started(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_environment({"LIMS_SECRET_KEY": KEY})

    assert settings.data_dir == Path(tmp_path) / "var"
