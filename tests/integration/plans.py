"""A true plan, made by hand: what the compiler would say for two generated pictures and a tone."""

from __future__ import annotations

from typing import Any


def plan(
    *,
    major: int,
    frames: int = 75,
    picture: str | None = None,
    codec: str = "h264",
    seconds_of_work: float = 0.0,
) -> dict[str, Any]:
    """Picture and sound apart, then joined by copy, at 25 fps and 48 kHz; `seconds_of_work` makes it last."""
    samples = frames * 48000 // 25
    duration = frames / 25
    option = "-/filter_complex" if major >= 7 else "-filter_complex_script"
    slow = ["-re"] if seconds_of_work else []
    half = frames // 2
    first = (
        "[0:v]setpts=PTS-STARTPTS,fps=25:start_time=0,scale=320:180,setsar=1"
        if picture
        else f"testsrc2=s=320x180:r=25:d={duration}"
    )
    picture_step = {
        "id": "video",
        "kind": "video",
        "needs": [],
        "why": "the picture",
        "output": {"name": "video.mp4", "final": False},
        "inputs": [{"from": "source", "path": picture}] if picture else [],
        "graph": f"{first},trim=end_frame={half},format=yuv420p,settb=1/25,setpts=N[a];\n"
        f"color=c=0x204060:s=320x180:r=25,trim=end_frame={frames - half},"
        "format=yuv420p,settb=1/25,setpts=N[b];\n"
        "[a][b]concat=n=2:v=1:a=0,fps=25[v]",
        "argv": [
            "-y",
            *(
                ["-protocol_whitelist", "file", *slow, "-i", {"input": 0}]
                if picture
                else ["-f", "lavfi", *slow, "-i", "color=s=16x16:r=25:d=600"]
            ),
            option,
            {"graph": True},
            "-map",
            "[v]",
            *(["-map", "0:v", "-t", str(seconds_of_work), "-f", "null", "-"] if seconds_of_work else []),
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-video_track_timescale",
            "12800",
            {"output": True},
        ],
        "expect": {
            "frames": frames,
            "samples": None,
            "streams": [{"type": "video", "codec": codec, "width": 320, "height": 180}],
        },
        "weight": float(frames),
    }
    if seconds_of_work:
        argv = picture_step["argv"]
        assert isinstance(argv, list)
        at = argv.index("-map", argv.index("[v]"))
        picture_step["argv"] = [*argv[:at], *argv[at + 7 :], *argv[at : at + 7]]
    sound_step = {
        "id": "audio",
        "kind": "audio",
        "needs": [],
        "why": "the sound",
        "output": {"name": "audio.m4a", "final": False},
        "inputs": [],
        "graph": f"sine=frequency=330:r=48000,aformat=channel_layouts=stereo,atrim=end_sample={samples}[a]",
        "argv": ["-y", option, {"graph": True}, "-map", "[a]", "-c:a", "aac", {"output": True}],
        "expect": {
            "frames": None,
            "samples": samples,
            "streams": [{"type": "audio", "codec": "aac", "channels": 2, "sample_rate": 48000}],
        },
        "weight": frames / 10,
    }
    mux_step = {
        "id": "mux",
        "kind": "mux",
        "needs": ["video", "audio"],
        "why": "joins picture and sound, unchanged",
        "output": {"name": "out.mp4", "final": True},
        "inputs": [
            {"from": "step", "step": "video"},
            {"from": "step", "step": "audio"},
            {"from": "text", "text": ";FFMETADATA1\ntitle=By hand\n"},
        ],
        "graph": None,
        "argv": [
            "-y",
            "-i",
            {"input": 0},
            "-i",
            {"input": 1},
            "-f",
            "ffmetadata",
            "-i",
            {"input": 2},
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-map_metadata",
            "2",
            "-c",
            "copy",
            "-movflags",
            "+faststart",
            {"output": True},
        ],
        "expect": {
            "frames": frames,
            "samples": samples,
            "streams": [
                {"type": "video", "codec": codec, "width": 320, "height": 180},
                {"type": "audio", "codec": "aac", "channels": 2, "sample_rate": 48000},
            ],
        },
        "weight": 1.0,
    }
    return {
        "schema": "stoat.plan/1",
        "width": 320,
        "height": 180,
        "rate": [25, 1],
        "frames": frames,
        "sample_rate": 48000,
        "samples": samples,
        "duration": duration,
        "audio": True,
        "video": True,
        "format": "mp4",
        "explanation": ["By hand."],
        "notices": [],
        "steps": [picture_step, sound_step, mux_step],
    }
