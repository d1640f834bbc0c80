"""The ranking of encoders as the Python library offers it."""

import pytest

from stoat_ferret_core import rank_encoders


def test_proven_hardware_stands_above_software() -> None:
    """What failed its trial is passed over, with the reason."""
    ranking = rank_encoders(
        "h264",
        [
            {"name": "libx264", "ok": True, "kind": "software"},
            {"name": "h264_nvenc", "ok": False, "kind": "nvenc"},
            {"name": "h264_vaapi", "ok": True},
            {"name": "libx265", "ok": True, "kind": None},
        ],
    )
    assert ["h264_vaapi", "libx264"] == [encoder["name"] for encoder in ranking["encoders"]]
    assert ["vaapi", "software"] == [encoder["family"] for encoder in ranking["encoders"]]
    assert all(encoder["why"] for encoder in ranking["encoders"])
    failed = {"name": "h264_nvenc", "why": "it failed a trial encode on this machine"}
    assert [failed] == ranking["passed_over"]


def test_the_requested_one_is_first_and_the_order_a_setting() -> None:
    """Software is the last resort even where it is not named."""
    ranking = rank_encoders(
        "h264",
        [{"name": name, "ok": True} for name in ("libx264", "h264_qsv", "h264_nvenc", "h264_vaapi")],
        requested="h264_vaapi",
        order=["qsv"],
    )
    assert ["h264_vaapi", "h264_qsv", "libx264"] == [encoder["name"] for encoder in ranking["encoders"]]


def test_an_unknown_family_is_refused() -> None:
    """The hint lists the families."""
    with pytest.raises(ValueError, match="hint: use one of: nvenc"):
        rank_encoders("h264", [], order=["cuda"])


def test_no_encoder_is_an_empty_ranking() -> None:
    """Nothing proven, nothing ranked."""
    assert {"encoders": [], "passed_over": []} == rank_encoders("av1", [])
