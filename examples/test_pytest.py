# python3 -m pytest examples/test_pytest.py
import pathlib
import subprocess

import pytest

UUID = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"


@pytest.fixture
def machine(tmp_path):
    server = subprocess.Popen(
        ["mdevfs", "mount", str(tmp_path), "--profile", "mtty", "--foreground"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout.readline() == "READY\n"
    yield pathlib.Path(tmp_path)
    server.terminate()
    server.wait()


def test_create(machine):
    mtty = machine / "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1"
    (mtty / "create").write_text(UUID)
    assert (mtty / "available_instances").read_text() == "23\n"
    with pytest.raises(FileExistsError):
        (mtty / "create").write_text(UUID)
