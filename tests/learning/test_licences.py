from email.message import Message

import pytest

from engine.errors import DataError
from engine.learning.licences import Stated, check_licence, read_licence

MIT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy\nof this "
    "software to deal in it: use, copy, modify, merge, publish"
)
BSD = "Redistribution and use in source and binary forms are permitted"
BSD_3 = BSD + ". Neither the name of the holder nor the names of its contributors"


def stated(*texts, **fields):
    metadata = Message()
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            metadata[name.replace("_", "-")] = value
    return Stated(metadata, texts)


def classifier(name):
    return f"License :: OSI Approved :: {name}"


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        (stated(License_Expression="Apache-2.0"), "Apache-2.0"),
        (stated(License_Expression="MIT OR Apache-2.0"), "Apache-2.0 AND MIT"),
        (stated(Classifier=classifier("MIT License")), "MIT"),
        (stated(Classifier=[classifier("MIT License"), "License :: OSI Approved"]), "MIT"),
        (stated(Classifier=["Topic :: Software"], License="Apache 2.0 License"), "Apache-2.0"),
        (stated(License="Apache License, Version 2.0"), "Apache-2.0"),
        (stated(License="Apache Software License 2.0"), "Apache-2.0"),
        (stated(License="apache"), "Apache-2.0"),
        (stated(License="The MIT License"), "MIT"),
        (stated(License="BSD-3-Clause"), "BSD-3-Clause"),
        (stated(License="Modified BSD"), "BSD-3-Clause"),
        (stated(BSD_3, Classifier=classifier("BSD License")), "BSD-3-Clause"),
        (stated(BSD, Classifier=classifier("BSD License")), "BSD-2-Clause"),
        (stated(Classifier=classifier("BSD License"), License="BSD-3-Clause"), "BSD-3-Clause"),
        (stated(License=MIT), "MIT"),
        (stated(MIT), "MIT"),
    ],
)
def test_the_licence_is_read_from_what_the_package_states(said, licence):
    assert read_licence(said, "made") == licence


@pytest.mark.parametrize(
    "said",
    [
        stated(License_Expression="GPL-3.0-only"),
        stated(License_Expression="MIT AND LGPL-2.1-only"),
        stated(License_Expression="LicenseRef-Own"),
        stated(Classifier=classifier("GNU General Public License v3 (GPLv3)")),
        stated(Classifier=[classifier("MIT License"), classifier("GNU Affero GPL")]),
        stated(Classifier="License :: Other/Proprietary License"),
        stated(License="MPL-2.0"),
        stated(License="Apache 2.0 with Commons Clause"),
        stated(Classifier=classifier("MIT License"), License="CC BY-NC 4.0"),
        stated(License="do as you like"),
        stated(Classifier=classifier("BSD License")),
        stated("A text of our own."),
        stated(),
    ],
)
def test_any_other_licence_and_none_is_refused_in_one_line(said):
    with pytest.raises(DataError, match="leave it out") as raised:
        read_licence(said, "made 1.0")
    assert "made 1.0" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_list_must_say_what_the_package_says():
    said = stated(Classifier=classifier("MIT License"))
    assert check_licence(said, "made", "MIT") == "MIT"
    with pytest.raises(DataError, match=r"made is under MIT, the list says Apache-2\.0"):
        check_licence(said, "made", "Apache-2.0")
