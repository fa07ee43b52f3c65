"""Words of which people build passwords that are tried first, and the rows of their keyboards."""

TRIED_FIRST = (
    "password passwort passw0rd passwd parol пароль secret changeme default welcome letmein"
    " trustno admin administrator root user guest test temp login access system master manager"
    " monkey dragon shadow sunshine princess football baseball basketball superman batman"
    " starwars pokemon iloveyou lovely loveme michael jennifer jessica charlie thomas george"
    " hunter killer ginger pepper cookie summer winter spring autumn monday friday january"
    " february august september october november december freedom whatever nothing mustang"
    " computer internet google facebook samsung windows microsoft hello world friend family"
    " flower diamond silver golden orange purple banana chocolate cheese matrix ranger soccer"
    " любовь привет солнце мамочка наташа сергей андрей дмитрий максим марина никита россия"
    " беларусь минск belarus minsk moscow natasha sergey dmitry andrey marina qwerty ytrewq"
    " asdfgh zxcvbn abcdef abcd йцукен ghbdtn gfhjkm laboratory laboratoria лаборатория"
    " hospital больница clinic doctor cells клетка biobank cryobank lims sommer"
)
"""The commonest in published leaks, in both scripts, also typed under the other layout."""

WORDS = frozenset(TRIED_FIRST.split())

ROWS_OF_KEYS = (
    "1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю.",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "01234567890",
)
