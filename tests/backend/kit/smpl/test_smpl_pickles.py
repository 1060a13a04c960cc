# SPDX-License-Identifier: Apache-2.0
"""Published body files: read whole and never run, whatever their format and whatever is in them."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import pickletools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import smpl_files

from kinora.backend.kit.smpl import convert
from kinora.backend.kit.smpl.families import (
    BODY_FILES,
    FAMILIES,
    BodyFile,
    body_file_of,
    find_body_file,
)
from kinora.backend.kit.smpl.pickles import read_arrays
from kinora.shared.errors import MissingWeightsError

SMPL, SMPLH, SMPLX = FAMILIES
ARRAYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")


@pytest.fixture(scope="module")
def arrays() -> smpl_files.Arrays:
    return smpl_files.random_arrays(SMPL)


FORMATS: dict[str, Callable[[smpl_files.Arrays], bytes]] = {
    "Python 2 with chumpy": smpl_files.old_pickle,
    **{f"protocol {p}": lambda a, p=p: smpl_files.new_pickle(a, p) for p in (2, 3, 4, 5)},  # type: ignore[misc]
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_arrays(name: str, arrays: smpl_files.Arrays) -> None:
    read = read_arrays(FORMATS[name](arrays))
    for key in ARRAYS:
        assert np.array_equal(read[key], arrays[key]), key
    assert "part2num" not in read and "bs_style" not in read


def test_arrays_of_other_byte_orders_and_of_columns_are_themselves() -> None:
    random = np.random.default_rng(0)
    wanted = {
        "big": random.normal(size=(3, 4)).astype(">f8"),
        "columns": np.asfortranarray(random.normal(size=(5, 2))),
        "small": random.integers(0, 9, 7).astype("<u2"),
    }
    for protocol in (2, 5):
        read = read_arrays(pickle.dumps(wanted, protocol=protocol))
        for name, array in wanted.items():
            assert np.array_equal(read[name], array)


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def attacks(mark: Path) -> dict[str, bytes]:
    command = f"touch {mark}"
    deep = b"\x80\x04\x8c\x02os\x8c\x06system\x93" + pickle.dumps(command, 4)[2:-1] + b"\x85R."
    dotted = b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93."
    return {
        "os.system": pickle.dumps(Calls(os.system, command)),
        "os.system, protocol 0": pickle.dumps(Calls(os.system, command), 0),
        "eval": pickle.dumps({"v_template": Calls(eval, f"open({str(mark)!r}, 'w')")}),
        "getattr": pickle.dumps(Calls(getattr, "", "upper")),
        "a name on the stack": deep,
        "a name of parts": dotted,
        "numpy's own loader": b"cnumpy.lib.npyio\nload\n(S'x'\ntR.",
        "numpy's runner": b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
        "an old class": b"(S'" + command.encode() + b"'\nios\nsystem\n.",
        "an object by its number": b"\x80\x02\x82\x01.",
        "something kept elsewhere": b"\x80\x02X\x01\x00\x00\x00aQ.",
        "a class given attributes": b"cnumpy\nndarray\n}X\x0c\x00\x00\x00__setstate__K\x01sb.",
        "a rebuilt type": b"ccopy_reg\n_reconstructor\n"
        b"(c__builtin__\nset\nc__builtin__\nobject\nNtR.",
    }


@pytest.mark.parametrize("name", attacks(Path("mark")))
def test_nothing_in_a_file_runs(name: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    data = attacks(mark)[name]
    pickletools.dis(data, out=io.StringIO())  # It is a pickle.
    with pytest.raises(pickle.UnpicklingError):
        read_arrays(data)
    file = tmp_path / "SMPL_NEUTRAL.pkl"
    file.write_bytes(data)
    with pytest.raises(MissingWeightsError, match=r"no body that can be used: .*\.") as caught:
        convert.convert(BodyFile(SMPL, "neutral"), file, tmp_path / "models")
    assert "\n" not in str(caught.value) and not mark.exists()
    assert not (tmp_path / "models").exists()


def test_after_an_attack_good_files_still_read_as_before(arrays: smpl_files.Arrays) -> None:
    for data in attacks(Path("mark")).values():
        with pytest.raises(pickle.UnpicklingError):
            read_arrays(data)
    read = read_arrays(smpl_files.old_pickle(arrays))
    assert np.array_equal(read["weights"], arrays["weights"])


def refused(file: Path, body: BodyFile = BODY_FILES[0]) -> str:
    with pytest.raises(MissingWeightsError) as caught:
        convert.convert(body, file, file.parent / "models")
    assert not (file.parent / "models").exists()
    return caught.value.message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_cut_off_pickle_gets_one_sentence(
    share: float, arrays: smpl_files.Arrays, tmp_path: Path
) -> None:
    whole = smpl_files.old_pickle(arrays)
    file = tmp_path / "SMPL_NEUTRAL.pkl"
    file.write_bytes(whole[: int(share * len(whole))])
    assert "cut off or damaged" in refused(file)


def test_bent_bytes_never_end_in_anything_else(arrays: smpl_files.Arrays) -> None:
    small = {name: array[:3] for name, array in arrays.items() if name != "shapedirs"}
    whole = bytearray(smpl_files.new_pickle({**small, "J_regressor": np.eye(3)}, 2))
    random = np.random.default_rng(5)
    for _ in range(400):
        bent = bytearray(whole)
        for place in random.integers(0, len(bent), 3):
            bent[place] = random.integers(256)
        with contextlib.suppress(pickle.UnpicklingError, MemoryError):
            read_arrays(bytes(bent))


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "SMPL_NEUTRAL.pkl"
    with file.open("wb") as opened:
        opened.write(b"\x80\x02")
        opened.truncate(convert.MOST_BYTES + 1)
    assert "larger than 1024 MiB" in refused(file)


def test_a_pickle_that_asks_for_memory_gets_none(tmp_path: Path) -> None:
    huge = (1 << 40).to_bytes(8, "little")
    for data in (b"\x80\x05\x96" + huge, b"\x80\x04\x8e" + huge, b"\x80\x02r\xff\xff\xff\xff."):
        with pytest.raises((pickle.UnpicklingError, MemoryError)):
            read_arrays(data)
    matrix = {"_shape": (1 << 30, 1 << 30), "data": np.ones(1), "indices": np.zeros(1, int)}
    made = smpl_files.sparse.csc_matrix((2, 2))
    made.__dict__ = {**matrix, "indptr": np.array([0, 1])}
    with pytest.raises(pickle.UnpicklingError, match="larger than any"):
        read_arrays(pickle.dumps({"J_regressor": made}))


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "MOST_BYTES", 1 << 22)
    file = tmp_path / "SMPLX_NEUTRAL.npz"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("v_template.npy", "w", force_zip64=True) as entry,
    ):
        entry.write(bytes(convert.MOST_BYTES + 1))
    assert "unpacks to more than" in refused(file, BodyFile(SMPLX, "neutral"))


def test_objects_in_an_archive_are_left_out_and_never_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    arrays = smpl_files.random_arrays(SMPLX)
    trap = np.empty(1, object)
    trap[0] = Calls(os.system, f"touch {mark}")
    file = tmp_path / "SMPLX_NEUTRAL.npz"
    np.savez(file, part2num=trap, file_name=np.array("x"), **arrays)
    place = convert.convert(BodyFile(SMPLX, "neutral"), file, tmp_path / "models")
    with np.load(place, allow_pickle=False) as stored:
        assert set(stored.files) == set(arrays)
        for name in stored.files:
            assert np.array_equal(stored[name], arrays[name])
    assert not mark.exists()


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[smpl_files.Arrays], None]:
    def apply(arrays: smpl_files.Arrays) -> None:
        arrays[name] = change(arrays[name].copy())

    return apply


def with_value(value: float) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array.flat[7] = value
        return array

    return change


DAMAGE: dict[str, tuple[Callable[[smpl_files.Arrays], Any], str]] = {
    "no weights": (lambda a: a.pop("weights"), "it has no weights"),
    "another shape": (changed("posedirs", lambda a: a[:, :, :-1]), "posedirs has the shape"),
    "few betas": (changed("shapedirs", lambda a: a[:, :, :3]), "shapedirs have the shape"),
    "not a number": (changed("v_template", with_value(np.nan)), "v_template holds what is no num"),
    "words": (changed("v_template", lambda a: a.astype(int)), "v_template holds what is no number"),
    "a bad corner": (changed("f", with_value(99999)), "a corner that does not exist"),
    "corners between": (changed("f", lambda a: a.astype(float)), "f holds what is no index"),
    "another tree": (changed("kintree_table", with_value(3)), "joints are not linked"),
    "bad weights": (changed("weights", with_value(5.0)), "weights do not sum to one"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_content_that_is_no_body_is_refused_with_the_reason(
    name: str, arrays: smpl_files.Arrays, tmp_path: Path
) -> None:
    damage, words = DAMAGE[name]
    bad = dict(arrays)
    damage(bad)
    file = tmp_path / "SMPL_NEUTRAL.npz"
    np.savez(file, **bad)
    assert words in refused(file)


def test_another_family_is_named(tmp_path: Path) -> None:
    file = tmp_path / "SMPL_NEUTRAL.npz"
    np.savez(file, **smpl_files.random_arrays(SMPLH))
    assert "it is SMPL-H, not SMPL" in refused(file)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SMPL_NEUTRAL.pkl", "smpl-neutral"),
        ("basicModel_f_lbs_10_207_0_v1.0.0.pkl", "smpl-female"),
        ("basicmodel_m_lbs_10_207_0_v1.1.0.pkl", "smpl-male"),
        ("basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl", "smpl-neutral"),
        ("SMPLH_MALE.pkl", "smplh-male"),
        ("SMPLH_female.npz", "smplh-female"),
        ("SMPLX_NEUTRAL.npz", "smplx-neutral"),
        ("SMPLX_NEUTRAL_2020.npz", "smplx-neutral"),
        ("SMPLX_MALE.pkl", "smplx-male"),
    ],
)
def test_published_names_are_known(name: str, key: str) -> None:
    body = body_file_of(Path("folder") / name)
    assert body is not None and body.name == key


@pytest.mark.parametrize("name", ["SMPL_NEUTRAL.txt", "model.npz", "smal.pkl", "neutral.npz"])
def test_other_names_are_not(name: str) -> None:
    assert body_file_of(Path(name)) is None


def test_a_published_file_in_the_folder_is_converted_once(
    arrays: smpl_files.Arrays, tmp_path: Path
) -> None:
    body = BodyFile(SMPL, "neutral")
    raw = tmp_path / "smpl/SMPL_NEUTRAL.pkl"
    raw.parent.mkdir()
    raw.write_bytes(smpl_files.old_pickle(arrays))
    assert find_body_file(body, tmp_path) == raw and convert.is_whole(raw)
    first = convert.load(body, tmp_path)
    raw.unlink()
    place = find_body_file(body, tmp_path)
    assert place == tmp_path / "smpl/neutral.npz" and convert.is_whole(place)
    again = convert.load(body, tmp_path)
    assert all(np.array_equal(first[name], again[name]) for name in ARRAYS)
    place.write_bytes(place.read_bytes()[:-3000])
    assert not convert.is_whole(place)
    with pytest.raises(MissingWeightsError, match="cut off or damaged"):
        convert.load(body, tmp_path)


def test_a_body_that_is_not_here_says_where_it_is_from_and_its_terms(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="non-commercial") as caught:
        convert.load(BodyFile(SMPLX, "female"), tmp_path)
    assert "smpl-x.is.tue.mpg.de" in caught.value.hint and "models add" in caught.value.hint
