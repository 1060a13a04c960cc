# SPDX-License-Identifier: Apache-2.0
"""Reads the weights in a training checkpoint without ever running what is in it.

Beside the weights such a file holds the trainer's own objects, by the names of classes that need
not be installed. Here tensors are put together from their bytes, and every other name that the
pickle mentions stands for something that keeps nothing and does nothing.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from ....shared.errors import MissingWeightsError

MOST_BYTES = 1 << 31
_BROKEN = pickle.UnpicklingError
_TYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def read_checkpoint(path: Path, table: str) -> dict[str, Tensor]:
    """The tensors by name under the key `table` ("state_dict") of a checkpoint that torch wrote.

    Raises `MissingWeightsError` for a file that is none, is cut off or holds no such table.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            content = _read(archive)
        held = content[table]
        found = {str(name): value for name, value in held.items() if isinstance(value, Tensor)}
    except MemoryError:
        raise
    except FileNotFoundError as error:
        raise MissingWeightsError(f"There is no file {path}.") from error
    except Exception as error:  # what bent bytes raise is anything: IndexError, struct.error, ...
        raise MissingWeightsError(
            f"{path.name} is no checkpoint of PyTorch 1.6 or newer, or it is damaged.",
            f"Remove {path} and get it again (`kinora models list` says where).",
        ) from error
    return found


def _read(archive: zipfile.ZipFile) -> Any:
    if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
        raise _BROKEN("it is larger than any model")
    [name] = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    folder = name.removesuffix("data.pkl") + "data/"
    with archive.open(name) as file:
        pickled = io.BytesIO(file.read())
    return _Reader(pickled, lambda key: archive.read(folder + key)).load()


class _Nothing:
    """Whatever a checkpoint holds beside tensors."""

    def __new__(cls, *_: object, **__: object) -> Any:
        return object.__new__(cls)

    def __call__(self, *_: object, **__: object) -> Any:
        return self

    def __setstate__(self, _state: object) -> None:
        pass

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def append(self, _value: object) -> None:
        pass

    def extend(self, _values: object) -> None:
        pass


class _Table(dict[str, Any]):
    """A state dict, without what torch notes on it of its modules' versions."""

    def __call__(self, *_: object, **__: object) -> Any:
        return self

    def __setstate__(self, _state: object) -> None:
        pass


class _Storage:
    """The type of numbers that a name of torch stands for."""

    def __init__(self, kind: torch.dtype) -> None:
        self.kind = kind


# Python's own reader in Python: the one in C sets memory aside for whatever number a pickle names.
class _Reader(pickle._Unpickler):
    def __init__(self, file: IO[bytes], stored: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self.stored = stored

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return _Table
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _parameter
        if module == "torch" and name in _TYPES:
            return _Storage(_TYPES[name])
        return _Nothing

    def persistent_load(self, pid: Any) -> Any:
        """A storage: its kind, its file, where it was and how many numbers it holds."""
        _, storage, key, _, count = pid
        if not isinstance(storage, _Storage):
            raise _BROKEN("a tensor is of no known type")
        raw = self.stored(str(key))
        if len(raw) != int(count) * storage.kind.itemsize:
            raise _BROKEN("a tensor is cut off")
        if not raw:
            return torch.empty(0, dtype=storage.kind)
        return torch.frombuffer(bytearray(raw), dtype=storage.kind)


def _rebuilt(flat: Any, start: Any, shape: Any, strides: Any, *_: object) -> Any:
    if not isinstance(flat, Tensor):
        raise _BROKEN("a tensor has no numbers")
    # Refused by torch where it would reach beyond the numbers that are there.
    return torch.as_strided(flat, shape, strides, start).clone()


def _parameter(value: Any, *_: object) -> Any:
    return value
