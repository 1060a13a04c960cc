# SPDX-License-Identifier: Apache-2.0
"""`kinora models`: listed, added from a file, fetched from a publisher that misbehaves."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import smpl_files
from click.testing import Result
from safetensors.numpy import save_file
from typer.testing import CliRunner

from kinora.backend import cli, weights
from kinora.backend.kit.smpl.families import FAMILIES
from kinora.backend.weights import PUBLISHED, ModelFile

CONTENT = bytes(range(256)) * 9000
PLACE = "models/clip/ViT-B-32.pt"
Run = Callable[..., Result]


@dataclass
class Publisher:
    """A web server with one file, which may break off, ignore ranges or send something else."""

    url: str = ""
    content: bytes = CONTENT
    breaks_at: int | None = None
    knows_ranges: bool = True
    status: int = 200
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    state = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            start = int(wanted[6:-1]) if wanted and state.knows_ranges else 0
            rest = state.content[start:]
            status = 416 if start and not rest else 206 if start else state.status
            self.send_response(status)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            end = None if state.breaks_at is None else max(0, state.breaks_at - start)
            self.wfile.write(rest[:end])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}/ViT-B-32.pt"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def run(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, with a small file published as CLIP ViT-B/32."""
    monkeypatch.setenv("KINORA_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    first = PUBLISHED[0]
    assert first.encoder is not None
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    encoder = replace(first.encoder, sha256=sha256, url=publisher.url)
    monkeypatch.setattr(
        weights,
        "PUBLISHED",
        (replace(first, sha256=sha256, encoder=encoder), *PUBLISHED[1:]),
    )
    app = cli.make_app(())
    return lambda *words, **options: CliRunner().invoke(app, ["models", *words], **options)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / PLACE).parent.glob("*"))


def test_models_are_listed_with_licence_and_origin_and_none_is_claimed_that_is_not_used(
    run: Run,
) -> None:
    text = run("list").stdout
    embedded, rest = text.split("Published: yours to bring, for `--encoder NAME`")
    used, unused = rest.split("Published: not used yet in this version")
    assert "all-MiniLM-L6-v2" in embedded and "CC0" in embedded
    assert "CLIP ViT-B/32" in used and "MIT" in used and "models download clip-vit-b32" in used
    assert "SMPL-X female" in used and "non-commercial" in used and "smpl-x.is.tue.mpg.de" in used
    assert "VPoser v2" in used and "AvatarCLIP codebook" in used
    assert "AvatarCLIP motion VAE" in used and "Kinora motion prior" in embedded
    assert "VToonify-D" in unused and "vtoonify_s_d.pt" in unused


def test_a_download_says_licence_size_and_source_and_asks_first(
    run: Run, publisher: Publisher, tmp_path: Path
) -> None:
    answer = run("download", "clip-vit-b32", input="n\n")
    assert answer.exit_code == 1 and not publisher.asked and not files_in(tmp_path)
    for fact in ("MIT", "354 MB", publisher.url):
        assert fact in answer.stdout
    assert run("download", "clip-vit-b32", input="y\n").exit_code == 0
    assert (tmp_path / PLACE).read_bytes() == CONTENT
    assert "ready" in run("list").stdout


def test_what_is_here_is_not_fetched_again(run: Run, publisher: Publisher) -> None:
    run("download", "clip-vit-b32", "--yes")
    assert run("download", "clip-vit-b32", "--yes").exit_code == 0
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_download_that_broke_off_goes_on(
    run: Run, publisher: Publisher, tmp_path: Path, knows_ranges: bool
) -> None:
    publisher.breaks_at, publisher.knows_ranges = 1_000_000, knows_ranges
    answer = run("download", "clip-vit-b32", "--yes")
    assert answer.exit_code == 1 and "goes on" in answer.stderr
    assert files_in(tmp_path) == ["ViT-B-32.pt.part"]
    publisher.breaks_at = None
    assert run("download", "clip-vit-b32", "--yes").exit_code == 0
    assert publisher.asked == [None, "bytes=1000000-"]
    assert files_in(tmp_path) == ["ViT-B-32.pt"]
    assert (tmp_path / PLACE).read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_only_checked(run: Run, tmp_path: Path) -> None:
    part = (tmp_path / PLACE).with_name("ViT-B-32.pt.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert run("download", "clip-vit-b32", "--yes").exit_code == 0
    assert files_in(tmp_path) == ["ViT-B-32.pt"]


def test_an_unfinished_download_that_is_whole_may_be_added_itself(run: Run, tmp_path: Path) -> None:
    part = (tmp_path / PLACE).with_name("ViT-B-32.pt.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert run("add", str(part)).exit_code == 0
    assert (tmp_path / PLACE).read_bytes() == CONTENT
    assert files_in(tmp_path) == ["ViT-B-32.pt"]


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"?", b"<html>sign in</html>", b""])
def test_what_has_another_checksum_is_removed(
    run: Run, publisher: Publisher, tmp_path: Path, content: bytes
) -> None:
    publisher.content = content
    answer = run("download", "clip-vit-b32", "--yes")
    assert answer.exit_code == 1 and "checksum" in answer.stderr
    assert not files_in(tmp_path)


def test_a_publisher_who_refuses_is_quoted(run: Run, publisher: Publisher, tmp_path: Path) -> None:
    publisher.status = 404
    answer = run("download", "clip-vit-b32", "--yes")
    assert answer.exit_code == 1 and "Not Found" in answer.stderr
    assert "models add FILE" in answer.stderr
    assert not files_in(tmp_path)


def test_nobody_there_is_said_in_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = weights.PUBLISHED[0].encoder
    assert encoder is not None
    gone = replace(encoder, url="http://127.0.0.1:1/ViT-B-32.pt")
    monkeypatch.setattr(weights, "PUBLISHED", (replace(weights.PUBLISHED[0], encoder=gone),))
    answer = run("download", "clip-vit-b32", "--yes")
    assert answer.exit_code == 1 and "could not be fetched" in answer.stderr


@pytest.mark.parametrize("name", ["smplx-male", "no-such-model"])
def test_what_is_not_to_be_fetched_is_refused_with_the_way_to_it(run: Run, name: str) -> None:
    answer = run("download", name)
    assert answer.exit_code == 2
    assert "smplx-male" in answer.stderr or "smpl-x.is.tue.mpg.de" in answer.stderr


def test_a_file_is_added_whatever_its_name_when_its_checksum_is_right(
    run: Run, tmp_path: Path
) -> None:
    mine = tmp_path / "download (3).bin"
    mine.write_bytes(CONTENT)
    answer = run("add", str(mine))
    assert answer.exit_code == 0 and "MIT" in answer.stdout
    assert (tmp_path / PLACE).read_bytes() == CONTENT and mine.is_file()
    assert run("add", str(tmp_path / PLACE)).exit_code == 0
    assert files_in(tmp_path) == ["ViT-B-32.pt"]


def test_a_file_with_the_right_name_and_a_wrong_checksum_is_refused(
    run: Run, tmp_path: Path
) -> None:
    mine = tmp_path / "ViT-B-32.pt"
    mine.write_bytes(CONTENT[:-5])
    answer = run("add", str(mine))
    assert answer.exit_code == 1 and "checksum" in answer.stderr
    assert not files_in(tmp_path)


def test_a_file_that_is_unknown_needs_a_name(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "prior.bin"
    mine.write_bytes(b"a prior")
    answer = run("add", str(mine))
    assert answer.exit_code == 2 and "--as" in answer.stderr
    assert run("add", str(mine), "--as", "vtoonify-d").exit_code == 0
    assert (
        tmp_path / "models/vtoonify/vtoonify_d_cartoon/vtoonify_s_d.pt"
    ).read_bytes() == b"a prior"


def test_a_body_is_known_by_its_published_name_and_converted(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "basicModel_f_lbs_10_207_0_v1.0.0.pkl"
    mine.write_bytes(smpl_files.old_pickle(smpl_files.random_arrays(FAMILIES[0])))
    answer = run("add", str(mine))
    assert answer.exit_code == 0 and "non-commercial" in answer.stdout
    assert "converted" in answer.stdout and "--body smpl" in answer.stdout
    assert "ready" in next(line for line in run("list").stdout.splitlines() if "SMPL fem" in line)
    with np.load(tmp_path / "models/smpl/female.npz", allow_pickle=False) as stored:
        assert stored["v_template"].shape == (6890, 3)
    assert mine.is_file()


def test_a_body_that_is_another_or_holds_code_is_not_added(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "model.npz"
    np.savez(mine, **smpl_files.random_arrays(FAMILIES[1]))
    answer = run("add", str(mine), "--as", "smpl-male")
    assert answer.exit_code == 1 and "it is SMPL-H, not SMPL" in answer.stderr
    mine.write_bytes(b"cos\nsystem\n(S'touch here'\ntR.")
    answer = run("add", str(mine), "--as", "smpl-male")
    assert answer.exit_code == 1 and "names os.system" in answer.stderr
    assert not (tmp_path / "models").exists() and not Path("here").exists()


@pytest.mark.parametrize("words", [(), ("--as", "clip-vit-b32")])
def test_a_file_that_is_not_there_is_a_usage_error(run: Run, words: tuple[str, ...]) -> None:
    assert run("add", "nowhere.pt", *words).exit_code == 2


def test_every_name_is_of_one_model() -> None:
    def keys(models: tuple[ModelFile, ...]) -> list[str]:
        return [model.key for model in models]

    assert len(set(keys(PUBLISHED))) == len(PUBLISHED)


def test_a_codebook_of_poses_comes_in_only_as_a_file_of_weights(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "codebook.pth"
    mine.write_bytes(b"a web page")
    assert run("add", str(mine)).exit_code == 1
    with zipfile.ZipFile(mine, "w") as archive:
        archive.writestr("codebook/data.pkl", b"")
    answer = run("add", str(mine))
    assert answer.exit_code == 0 and "clip-vit-b32" in answer.stdout
    assert (tmp_path / "models/avatarclip/codebook.pth").read_bytes() == mine.read_bytes()


def write_folder(folder: Path, parts: tuple[str, ...]) -> None:
    """A video prior's folder with weights of the right form, and files that nobody needs."""
    tensor = {"a": np.zeros(3, np.float32)}
    for part in parts:
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text("{}")
        stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
        save_file(tensor, folder / part / f"{stem}.fp16.safetensors")
        (folder / part / f"{stem}.bin").write_bytes(b"not needed")
    for name in ("tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")


def test_a_video_prior_comes_in_as_a_folder_without_what_is_not_needed(
    run: Run, tmp_path: Path
) -> None:
    write_folder(tmp_path / "mine", ("unet", "vae", "text_encoder"))
    unnamed = run("add", str(tmp_path / "mine"))
    assert unnamed.exit_code == 2 and "--as" in unnamed.stderr
    answer = run("add", str(tmp_path / "mine"), "--as", "modelscope")
    assert answer.exit_code == 0 and "CC BY-NC 4.0" in answer.stdout
    place = tmp_path / "models" / "modelscope"
    assert not list(place.rglob("*.bin"))
    assert len(list(place.rglob("*.safetensors"))) == 3
    line = next(line for line in run("list").stdout.splitlines() if "ModelScope" in line)
    assert "ready" in line
    (place / "vae" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"cut")
    line = next(line for line in run("list").stdout.splitlines() if "ModelScope" in line)
    assert "damaged" in line


def test_a_video_prior_that_is_not_whole_is_refused(run: Run, tmp_path: Path) -> None:
    write_folder(tmp_path / "mine", ("unet", "vae", "text_encoder"))
    answer = run("add", str(tmp_path / "mine"), "--as", "animatediff")
    assert answer.exit_code == 1 and "it lacks motion_adapter" in answer.stderr
    file = tmp_path / "mine" / "unet" / "config.json"
    assert "is a folder of files" in run("add", str(file), "--as", "modelscope").stderr
