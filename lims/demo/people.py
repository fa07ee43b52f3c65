"""The people of the demonstration, all invented, and what became of the course of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lims.demo import again, courses, otherwise, today
from lims.demo.case import Case, Prescribed, Who
from lims.models.patient import Sex
from lims.models.site import Joint

F, M = Sex.FEMALE, Sex.MALE
KNEE, HIP, ANKLE, SHOULDER = Joint.KNEE, Joint.HIP, Joint.ANKLE, Joint.SHOULDER
Tell = Callable[[Case], Iterator[datetime]]
YET_TO_COME = -1
"""Days before the last evening: the day after it."""


@dataclass(frozen=True)
class Course:
    """Whose it is, how many days ago its last harvest was, and how it went."""

    who: Who
    harvested: int
    """Days before the last evening; below 0 it is still to come."""
    tell: Tell = courses.fresh
    prescribed: Prescribed = Prescribed()
    vials: int = 5
    pace: float = 1.0
    """Of its growth; 1 is usual, 2 twice as slow."""
    batches: int = 1
    """How many are made of it by now."""
    began: int | None = None
    """Days before the last evening, where no harvest can be told yet."""
    at_hour: float | None = None
    """Hours into the last shift at which what is told of today begins; None: nothing is."""
    session_in: int = 0
    mass_g: str | None = None
    """Of the tissue; by chance, where nothing is said."""
    warmest_c: str | None = None
    """Of its journey."""
    overgrown_pct: int | None = None
    """How full the vessels of the last harvest were, where that is too much."""

    @property
    def is_harvested_today(self) -> bool:
        return self.at_hour is not None and self.harvested == YET_TO_COME


def a(name: str, born: str, sex: Sex, other: str | None = None) -> Who:
    return Who(name, date.fromisoformat(born), sex, other)


def of(cells: int, joint: Joint = KNEE, ml: str = "3") -> Prescribed:
    return Prescribed(cells * 1_000_000, Decimal(ml), joint)


def three(case: Case) -> Iterator[datetime]:
    return again.repeated(case, 3)


def two(case: Case) -> Iterator[datetime]:
    return again.repeated(case, 2)


def run(name: str) -> Tell:
    return lambda case: otherwise.published(case, name)


COURSES: tuple[Course, ...] = (
    Course(
        a("Ковалевич Анна Сергеевна", "1962-03-14", F, "Kavalevich Hanna"),
        512,
        three,
        vials=7,
        batches=3,
    ),
    Course(a("Nowak Tomasz", "1957-11-02", M), 505, run("DS2-hPL")),
    Course(
        a("Шевчук Игорь Павлович", "1968-07-21", M),
        498,
        two,
        of(40, ml="2.5"),
        batches=2,
    ),
    Course(a("Kazlauskas Jonas", "1955-01-30", M), 486, prescribed=of(60, HIP, ml="4")),
    Course(a("Schneider Petra", "1964-09-17", F), 467, run("DS1-quantum")),
    Course(a("Савицкий Николай Фёдорович", "1959-12-05", M), 459, prescribed=of(30, ml="2")),
    Course(
        a("Новікава Вольга", "1973-04-26", F, "Novikava Volha"), 446, otherwise.rejected, batches=2
    ),
    Course(a("Dąbrowska Zofia", "1966-10-12", F), 435, two, batches=2),
    Course(a("Петрова Людмила Викторовна", "1958-02-19", F), 411, run("DS1-flask")),
    Course(a("Гончар Виктор Михайлович", "1956-03-31", M), 373, otherwise.contaminated),
    Course(a("Гончар Елена Олеговна", "1965-01-11", F), 368, prescribed=of(50, HIP, ml="3.5")),
    Course(a("Kowalska Anna", "1969-09-04", F), 357, courses.swelling, of(30, ANKLE, ml="2")),
    Course(a("Жданович Сергей", "1960-05-22", M, "Zhdanovich Siarhei"), 345, warmest_c="9.6"),
    Course(a("Вашкевич Тамара Ильинична", "1954-07-16", F), 334, otherwise.postponed),
    Course(a("Müller Hans-Peter", "1967-12-29", M), 322, prescribed=of(40, ml="2.5")),
    Course(a("Yılmaz Ayşe", "1961-04-18", F), 288, mass_g="4.6"),
    Course(a("García López Carmen", "1962-12-08", F), 208, prescribed=of(50)),
    Course(a("Дубовик Наталья Львовна", "1971-06-14", F), 184, prescribed=of(30, ml="2")),
    Course(a("Савчук Леонид Григорьевич", "1956-12-18", M), 110, two, batches=2),
    Course(a("Бабич Константин", "1973-01-28", M), 78, overgrown_pct=93),
    Course(a("Хованская Лидия Павловна", "1961-07-07", F), 49, prescribed=of(60, HIP, ml="4")),
    Course(a("Чернявский Олег", "1958-05-17", M), 35, two),
    # what is going on now
    Course(
        a("Юрченко Борис Семёнович", "1955-06-06", M),
        40,
        today.submitted,
        at_hour=1,
        session_in=24,
    ),
    Course(a("Zielińska Ewa", "1972-02-14", F), 44, today.checked, at_hour=2, session_in=21),
    Course(a("Аксёнова Тамара", "1963-10-31", F), 52, today.approved, at_hour=3, session_in=17),
    Course(
        a("Ермаков Павел Ильич", "1960-09-23", M), 57, today.scheduled, at_hour=4, session_in=11
    ),
    Course(a("Petrov Ivan", "1966-08-19", M), 12, prescribed=of(40, SHOULDER, ml="2.5")),
    Course(a("Дорошенко Максим", "1969-12-12", M), 3),
    Course(a("Борисевич Жанна", "1964-01-05", F), 0, today.to_place),
    Course(a("Andersen Lars", "1959-03-25", M), -1, today.at_the_clinic, vials=0, at_hour=0),
    Course(
        a("Wójcik Marek", "1964-08-02", M),
        -1,
        today.to_decide,
        vials=0,
        at_hour=0.3,
        overgrown_pct=94,
    ),
    Course(a("Лапко Валентина", "1968-06-29", F), -1, today.ready, vials=0, at_hour=0.7),
    Course(a("Рудько Алла Петровна", "1959-04-11", F), -1, today.to_decide, vials=0, at_hour=1.0),
    Course(a("Сорока Геннадий", "1962-11-11", M), -1, today.verified, vials=0, at_hour=1.4),
    Course(a("Tamm Liisa", "1970-07-01", F), -1, today.quarantined, vials=0, at_hour=2.1),
    Course(
        a("Евсеенко Роман", "1965-05-13", M), -1, today.in_quality_control, vials=0, at_hour=3.6
    ),
    Course(a("Кузьмич Зинаида Олеговна", "1956-10-24", F), -4),
    Course(a("Horvat Marija", "1961-01-17", F), -13, prescribed=of(30, ANKLE, ml="2")),
    Course(a("Третьяк Степан", "1967-02-23", M), -17, warmest_c="11"),
    Course(a("Цвирко Надежда", "1958-08-27", F), -10),
    Course(
        a("Беляев Артём Игоревич", "1974-04-15", M), 0, otherwise.slow, of(100), pace=5, began=36
    ),
    Course(a("Щербакова Инна", "1966-03-20", F), -16),
    Course(a("Kask Kadri", "1969-10-06", F), 0, today.isolating_now, began=5, at_hour=7),
    Course(a("Эйсмонт Вадим", "1960-12-01", M), 0, today.to_isolate, began=5, at_hour=6, batches=0),
    Course(
        a("Яковлева Дарья", "1971-11-09", F), 0, today.undecided, began=5, at_hour=6.5, batches=0
    ),
    Course(
        a("O’Brien Sean", "1963-05-28", M), 0, today.on_its_way, began=5, at_hour=7.5, batches=0
    ),
    Course(a("Ивашко Ксения", "1965-07-12", F), 0, today.enrolled, began=1, batches=0),
    Course(a("Virtanen Aino", "1968-01-02", F), 0, today.asked_about, began=0, batches=0),
)
"""Of whom the laboratory tells, the earliest first."""
