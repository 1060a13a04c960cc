# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: the published layout, read and written, and safetensors for what a run keeps.

A published file is a dict of three state dicts, the optimizer and the step. Nothing but tensors
and plain containers is ever unpickled.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ....shared.errors import BadOptionError, StorageError
from .networks import Networks, NormedLinear

FIELD = "checkpoint"
_SDF, _VARIANCE, _COLOR = "sdf_network_fine", "variance_network_fine", "color_network_fine"
_HEAD = "extra_lin."
_OWN = "kinora_centred"

Tensors = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The three networks' tensors by their published names, how many steps they have learnt, and
    the optimizer's state, if it is known."""

    sdf: Tensors
    variance: Tensors
    color: Tensors
    step: int
    optimizer: dict[str, Any] | None
    is_legacy: bool = False
    """Whether its body stands where AvatarCLIP's own do (`frames.brought_in`)."""

    @property
    def is_template(self) -> bool:
        """Whether it is of the template stage, which has one color head."""
        return not any(name.startswith(_HEAD) for name in self.color)


def read_published(content: bytes) -> Checkpoint:
    """AvatarCLIP's `ckpt_*.pth`. Raises `BadOptionError` that says what is wrong with it."""
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        sdf, variance, color = (_tensors(found[name]) for name in (_SDF, _VARIANCE, _COLOR))
        step, optimizer = int(found.get("iter_step", 0)), found.get("optimizer")
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        RuntimeError,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise _refused("The checkpoint is no file of AvatarCLIP's networks.") from error
    if not all(
        bool(tensor.isfinite().all()) for part in (sdf, variance, color) for tensor in part.values()
    ):
        raise _refused("The checkpoint holds numbers that are not finite.")
    known = optimizer if isinstance(optimizer, dict) else None
    return Checkpoint(sdf, variance, color, max(step, 0), known, not found.get(_OWN))


def _tensors(named: object) -> Tensors:
    if not isinstance(named, Mapping):
        raise TypeError("it is no state dict")
    if not all(isinstance(tensor, Tensor) for tensor in named.values()):
        raise TypeError("it holds something else than tensors")
    return {str(name): tensor.float() for name, tensor in named.items()}


def _refused(message: str) -> BadOptionError:
    hint = "Choose a ckpt_*.pth that AvatarCLIP has written, and the configuration it was made by."
    return BadOptionError(message, hint, FIELD)


def published(
    networks: Networks,
    step: int,
    optimizer: torch.optim.Optimizer | None,
    is_legacy: bool = False,
) -> bytes:
    """The same networks in the published layout."""
    into = io.BytesIO()
    torch.save(
        {
            _SDF: _plain(networks.sdf),
            _VARIANCE: _plain(networks.variance),
            _COLOR: _plain(networks.color),
            "optimizer": optimizer.state_dict() if optimizer else {},
            "iter_step": step,
            _OWN: not is_legacy,
        },
        into,
    )
    return into.getvalue()


def _plain(network: nn.Module) -> Tensors:
    return {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}


def put_in(checkpoint: Checkpoint, networks: Networks) -> None:
    """Give the networks the checkpoint's numbers; a second head that it lacks stays as it is.

    Raises `BadOptionError` when they are of other sizes, which says of which.
    """
    for network, tensors in (
        (networks.sdf, checkpoint.sdf),
        (networks.variance, checkpoint.variance),
        (networks.color, checkpoint.color),
    ):
        own = network.state_dict()
        given = _as_normed(tensors, network)
        lacking = {name for name in own.keys() - given.keys() if not name.startswith(_HEAD)}
        fits = all(name in own and own[name].shape == given[name].shape for name in given)
        if lacking or not fits:
            raise _refused(_differing(checkpoint, networks))
        network.load_state_dict({**own, **given})


def _as_normed(tensors: Tensors, network: nn.Module) -> Tensors:
    """The tensors with weights in the form of the network's layers: plain, or length and
    direction."""
    given: Tensors = {}
    normed = {name for name, of in network.named_modules() if isinstance(of, NormedLinear)}
    for name, tensor in tensors.items():
        layer, _, kind = name.rpartition(".")
        if kind == "weight" and layer in normed:
            given[f"{layer}.weight_g"] = tensor.norm(dim=1, keepdim=True)
            given[f"{layer}.weight_v"] = tensor
        elif kind == "weight_v" and layer not in normed and f"{layer}.weight_g" in tensors:
            given[f"{layer}.weight"] = torch._weight_norm(tensor, tensors[f"{layer}.weight_g"], 0)
        elif kind != "weight_g" or layer in normed:
            given[name] = tensor
    return given


def _differing(checkpoint: Checkpoint, networks: Networks) -> str:
    rows = []
    for name, tensors, network in (
        ("distance", checkpoint.sdf, networks.sdf),
        ("color", checkpoint.color, networks.color),
    ):
        theirs, ours = sizes(tensors), sizes(dict(network.state_dict()))
        if theirs != ours:
            rows.append(f"its {name} network is {theirs}, the configuration's {ours}")
    return f"The checkpoint does not fit the configuration: {'; '.join(rows) or 'names differ'}."


def sizes(tensors: Tensors) -> str:
    """The widths of the layers, inputs first, as "39-128-128"."""
    kinds = ("weight_v", "weight")
    shapes = [tensors[name].shape for name in tensors if name.rpartition(".")[2] in kinds]
    flat = [shape for shape in shapes if len(shape) == 2]
    return "-".join(str(shape[1]) for shape in flat) + (f"-{flat[-1][0]}" if flat else "nothing")


def put_in_optimizer(checkpoint: Checkpoint, optimizer: torch.optim.Optimizer) -> bool:
    """Go on with the checkpoint's moments; whether they fit."""
    state = (checkpoint.optimizer or {}).get("state")
    learnt = optimizer.param_groups[0]["params"]
    if not isinstance(state, Mapping) or len(state) != len(learnt):
        return False
    for number, parameter in enumerate(learnt):
        moments = state.get(number)
        if not isinstance(moments, Mapping):
            return False
        for name in ("exp_avg", "exp_avg_sq"):
            tensor = moments.get(name)
            if not isinstance(tensor, Tensor) or tensor.shape != parameter.shape:
                return False
    for number, parameter in enumerate(learnt):
        moments = {name: state[number][name].to(parameter) for name in ("exp_avg", "exp_avg_sq")}
        # Adam counts its steps on the processor.
        taken = torch.tensor(float(state[number].get("step", checkpoint.step)))
        optimizer.state[parameter] = {"step": taken, **moments}
    return True


def save_run(path: Path, tensors: Tensors, told: Mapping[str, Any]) -> None:
    """Safetensors with plain facts, in one piece or not at all. Raises `StorageError`."""
    part = path.with_name(f"{path.name}.part")
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        safetensors.torch.save_file(flat, part, {"told": json.dumps(told)})
    except SafetensorError as error:  # what that library makes of a full disk
        raise StorageError(f"{path} cannot be written ({error}).") from error
    part.replace(path)


def load_run(path: Path) -> tuple[Tensors, dict[str, Any]] | None:
    """None where there is no such file, or a damaged one."""
    if not path.is_file():
        return None
    try:
        with safetensors.safe_open(path, "pt") as file:
            names, facts = list(file.keys()), file.metadata()
            return {name: file.get_tensor(name) for name in names}, json.loads(facts["told"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None
