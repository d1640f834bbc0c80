"""Examples of answers, by the name of their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stoat_ferret.errors import Problem
from stoat_ferret.statuses import document

__all__ = ["EXAMPLES", "NOT_NOW", "refusal"]

EXAMPLES: Final[Mapping[str, Any]] = {
    "Accepted": {"job_id": "job_4568e1f2e7344354964d"},
    "AcceptedBatch": {
        "batch_id": "batch_1c7f0a9be3d2465f8a90",
        "parallel": 2,
        "items": [
            {"job_id": "job_2f0b6b7f4e0c1d9a8e37", "output": "wide.mp4"},
            {"job_id": "job_9d41c5a06f3b72e8c415", "output": "sound.wav"},
        ],
    },
    "AuditList": {
        "items": [
            {
                "id": 430,
                "timestamp": "2026-01-02T03:04:05.000000Z",
                "event_type": "job.completed",
                "resource_type": "job",
                "resource_id": "job_9c57fdb0954d1e8a3643",
                "actor": "local",
                "correlation_id": "req_ec889450d21d1104",
                "details": {"kind": "render", "attempt": 1},
                "previous_hash": "ab06b7473e49885e638b5496d427edcbb43d436bb39669897a9af0fcd12f428b",
                "hash": "ce0cc0af24768a9c5dfce8d0f829fc615e4d51b62fa3c353076d9dbc3b19a075",
            },
            {
                "id": 429,
                "timestamp": "2026-01-02T03:04:05.000000Z",
                "event_type": "job.submitted",
                "resource_type": "job",
                "resource_id": "job_9c57fdb0954d1e8a3643",
                "actor": "local",
                "correlation_id": "req_ec889450d21d1104",
                "details": {"kind": "render"},
                "previous_hash": "24955388fa8714b1bf08b8c088a15d7da54388163a98d9b2f28d7bda069f4aae",
                "hash": "ab06b7473e49885e638b5496d427edcbb43d436bb39669897a9af0fcd12f428b",
            },
        ],
        "total": 430,
        "limit": 50,
        "offset": 0,
    },
    "BatchAnswer": {
        "batch_id": "batch_1c7f0a9be3d2465f8a90",
        "status": "running",
        "progress": 0.7,
        "parallel": 2,
        "total": 2,
        "counts": {
            "pending": 0,
            "running": 1,
            "completed": 0,
            "failed": 0,
            "timeout": 0,
            "cancelled": 1,
        },
        "created_at": "2026-01-02T03:04:05.000000Z",
        "completed_at": None,
        "items": [
            {
                "job_id": "job_2f0b6b7f4e0c1d9a8e37",
                "kind": "render",
                "status": "running",
                "progress": 0.4,
                "eta_seconds": 12.5,
                "attempt": 1,
                "result": None,
                "problem": None,
                "created_at": "2026-01-02T03:04:05.000000Z",
                "started_at": "2026-01-02T03:04:05.000000Z",
                "completed_at": None,
                "project_id": "prj_0123456789abcdef0123",
                "batch_id": "batch_1c7f0a9be3d2465f8a90",
                "output": "wide.mp4",
            },
            {
                "job_id": "job_9d41c5a06f3b72e8c415",
                "kind": "render",
                "status": "cancelled",
                "progress": 0.0,
                "eta_seconds": None,
                "attempt": 0,
                "result": None,
                "problem": None,
                "created_at": "2026-01-02T03:04:05.000000Z",
                "started_at": None,
                "completed_at": "2026-01-02T03:04:05.000000Z",
                "project_id": "prj_0123456789abcdef0123",
                "batch_id": "batch_1c7f0a9be3d2465f8a90",
                "output": "sound.wav",
            },
        ],
    },
    "CatalogueEffect": {
        "type": "volume",
        "description": "Makes the sound louder or quieter.",
        "parameter_schema": {"type": "object", "properties": {"volume": {"type": "number"}}},
        "ai_hints": {
            "effect": '1 leaves it, 0.5 or "-6dB" is half the level, 0 is '
            'silence. Music under speech: "-18dB".'
        },
        "example_prompt": "Lower the music by six decibels.",
        "example": {"volume": 0.8},
        "filter_preview": "volume=0.8:precision=float",
        "ports": {"video": False, "audio": True, "duration": "same", "memory": False},
        "targets": ["clip", "track"],
        "animatable": ["volume"],
    },
    "ClipAnswer": {
        "id": "clip_6c931a329f61d19331ad",
        "source": {"generator": "testsrc"},
        "in_point": 0.0,
        "out_point": 2.0,
        "timeline_start": 6.0,
        "timeline_end": 8.0,
        "track_id": "video-main",
        "project_id": "prj_0123456789abcdef0123",
        "revision": 2,
    },
    "ClipList": {
        "items": [
            {
                "id": "clip-1",
                "source": {"generator": "testsrc"},
                "in_point": 0.0,
                "out_point": 3.0,
                "timeline_start": 0.0,
                "effects": [
                    {"id": "fx-1", "type": "video_fade", "params": {"fade_type": "in", "duration": 0.5}}
                ],
                "timeline_end": 3.0,
                "track_id": "video-main",
            },
            {
                "id": "clip-2",
                "source": {"generator": "testsrc"},
                "in_point": 0.0,
                "out_point": 3.0,
                "timeline_start": 3.0,
                "timeline_end": 6.0,
                "track_id": "video-main",
            },
        ],
        "total": 2,
        "limit": 2,
        "offset": 0,
    },
    "DiffAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "from": 1,
        "to": 1,
        "elements": [],
        "order": [],
        "spans": [],
    },
    "EditAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "revision": 2,
        "results": [
            {"op": "create_track", "id": "track_7d4bccf250e95f4534eb"},
            {"op": "add_clip", "id": "clip_ac103a51d438b4a2fb20"},
        ],
        "spans": [{"start": 0.0, "end": 3.0}],
        "problems": [],
    },
    "EffectAnswer": {
        "id": "effect_ffef2803b07425e09d52",
        "effect_type": "video_fade",
        "parameters": {"fade_type": "in", "duration": 0.5},
        "enabled": True,
        "filter_string": "fade=t=in:d=0.5:st=0:c=0x000000",
        "revision": 2,
    },
    "EffectCatalogue": {
        "items": [
            {
                "type": "acrossfade",
                "description": "Crosses the sound of this clip over to the next one's while they overlap.",
                "parameter_schema": {"type": "object", "properties": {"volume": {"type": "number"}}},
                "ai_hints": {
                    "effect": "On audio tracks, or for a soft cut in "
                    "speech. With a transition of the picture "
                    "give its audio curves instead."
                },
                "example_prompt": "Cross the music over to the next piece in two seconds.",
                "example": {"duration": 1, "curve1": "tri"},
                "filter_preview": "acrossfade=d=1:c1=tri:c2=tri:o=1",
                "ports": {"video": False, "audio": True, "duration": "same", "memory": False},
                "targets": ["clip"],
                "animatable": [],
            },
            {
                "type": "audio_ducking",
                "description": "Lowers this track while the video tracks sound. Times are milliseconds.",
                "parameter_schema": {"type": "object", "properties": {"volume": {"type": "number"}}},
                "ai_hints": {
                    "effect": "For music under speech the defaults suit. "
                    "To choose the tracks, set the track's "
                    "ducking."
                },
                "example_prompt": "Duck the music under the interview.",
                "example": {"threshold": 0.05},
                "filter_preview": "[1:a:0]asplit=2[voice_heard][voice_key];…",
                "ports": {"video": False, "audio": True, "duration": "same", "memory": False},
                "targets": ["clip"],
                "animatable": [],
            },
        ],
        "total": 14,
        "limit": 14,
        "offset": 0,
    },
    "EffectList": {
        "items": [
            {
                "id": "fx-1",
                "effect_type": "video_fade",
                "parameters": {"fade_type": "in", "duration": 0.5},
                "enabled": True,
                "filter_string": "fade=t=in:d=0.5:st=0:c=0x000000",
                "revision": 1,
            }
        ],
        "total": 1,
        "limit": 1,
        "offset": 0,
    },
    "EncoderList": {"items": ["aac", "alac"], "total": 20, "limit": 20, "offset": 0},
    "WaveformAnswer": {
        "video_id": "vid_0123456789abcdef0123",
        "duration": 1.0,
        "sample_rate": 48000,
        "channels": 2,
        "points": 4,
        "seconds_per_point": 0.25,
        "peaks": [[-0.5, 0.5], [-0.25, 0.25], [0.0, 0.0], [0.0, 0.0]],
    },
    "FolderAnswer": {
        "path": None,
        "parent": None,
        "folders": [{"name": "films", "path": "/srv/films"}],
        "files": [],
    },
    "JobAnswer": {
        "job_id": "job_7c470c552bb8fa225089",
        "kind": "render",
        "status": "completed",
        "progress": 1.0,
        "eta_seconds": None,
        "attempt": 1,
        "result": {
            "output": "walk-r1.mp4",
            "url": "/api/v1/render/job_7c470c552bb8fa225089/output",
            "duration": 6.0,
            "frames": 60,
            "size": 62736,
            "spans": {"reused": 0, "copied": 0, "rendered": 1},
            "verified": True,
            "report": {
                "elapsed_seconds": 0.925,
                "ffmpeg": "9.0.2",
                "samples": 288000,
                "width": 160,
                "height": 90,
                "fps": "10",
                "checks": [{"what": "streams", "expected": ["video"], "measured": ["video"]}],
                "explanation": [
                    "Picture: 160x90 at 10 fps, libx264, the "
                    "first that works here of libx264, "
                    "h264_nvenc, h264_qsv, h264_amf, "
                    "h264_videotoolbox."
                ],
                "notices": [],
            },
        },
        "problem": None,
        "created_at": "2026-01-02T03:04:05.000000Z",
        "started_at": "2026-01-02T03:04:05.000000Z",
        "completed_at": "2026-01-02T03:04:05.000000Z",
        "project_id": "prj_0123456789abcdef0123",
    },
    "JobList": {
        "items": [
            {
                "job_id": "job_0fc633a621f22267a8ef",
                "kind": "render",
                "status": "completed",
                "progress": 1.0,
                "eta_seconds": None,
                "attempt": 1,
                "result": {
                    "output": "walk-r1.mp4",
                    "url": "/api/v1/render/job_0fc633a621f22267a8ef/output",
                    "duration": 6.0,
                    "frames": 60,
                    "size": 62736,
                    "spans": {"reused": 0, "copied": 0, "rendered": 1},
                    "verified": True,
                    "report": {
                        "elapsed_seconds": 0.924,
                        "ffmpeg": "9.0.2",
                        "samples": 288000,
                        "width": 160,
                        "height": 90,
                        "fps": "10",
                        "checks": [{"what": "streams", "expected": ["video"], "measured": ["video"]}],
                        "explanation": [
                            "Picture: 160x90 at 10 fps, libx264, "
                            "the first that works here of "
                            "libx264, h264_nvenc, h264_qsv, "
                            "h264_amf, h264_videotoolbox."
                        ],
                        "notices": [],
                    },
                },
                "problem": None,
                "created_at": "2026-01-02T03:04:05.000000Z",
                "started_at": "2026-01-02T03:04:05.000000Z",
                "completed_at": "2026-01-02T03:04:05.000000Z",
                "project_id": "prj_0123456789abcdef0123",
            },
            {
                "job_id": "job_31ed498d865cfd4abde9",
                "kind": "render",
                "status": "completed",
                "progress": 1.0,
                "eta_seconds": None,
                "attempt": 1,
                "result": {
                    "output": "walk-r1.mp4",
                    "url": "/api/v1/render/job_31ed498d865cfd4abde9/output",
                    "duration": 6.0,
                    "frames": 60,
                    "size": 62736,
                    "spans": {"reused": 0, "copied": 0, "rendered": 1},
                    "verified": True,
                    "report": {
                        "elapsed_seconds": 1.022,
                        "ffmpeg": "9.0.2",
                        "samples": 288000,
                        "width": 160,
                        "height": 90,
                        "fps": "10",
                        "checks": [{"what": "streams", "expected": ["video"], "measured": ["video"]}],
                        "explanation": [
                            "Picture: 160x90 at 10 fps, libx264, "
                            "the first that works here of "
                            "libx264, h264_nvenc, h264_qsv, "
                            "h264_amf, h264_videotoolbox."
                        ],
                        "notices": [],
                    },
                },
                "problem": None,
                "created_at": "2026-01-02T03:04:05.000000Z",
                "started_at": "2026-01-02T03:04:05.000000Z",
                "completed_at": "2026-01-02T03:04:05.000000Z",
                "project_id": "prj_0123456789abcdef0123",
            },
        ],
        "total": 15,
        "limit": 50,
        "offset": 0,
    },
    "KeyAnswer": {
        "id": "6af0d3d5a9a4",
        "name": "agent:editor",
        "scopes": ["edit", "read"],
        "created_at": "2026-01-02T03:04:05.000000Z",
        "expires_at": None,
        "revoked_at": None,
        "key": "stoat_6af0d3d5a9a4_GYOdJeqOwez1cV4OE6duTjPsQjQIAyOVN_tWL6gwX5o",
    },
    "KeyList": {
        "items": [
            {
                "id": "ceff9a7863e8",
                "name": "agent:k69",
                "scopes": ["read"],
                "created_at": "2026-01-02T03:04:05.000000Z",
                "expires_at": None,
                "revoked_at": None,
            },
            {
                "id": "d1a477d7c980",
                "name": "agent:k68",
                "scopes": ["read"],
                "created_at": "2026-01-02T03:04:05.000000Z",
                "expires_at": None,
                "revoked_at": None,
            },
        ],
        "total": 70,
        "limit": 50,
        "offset": 0,
    },
    "GeneratorCatalogue": {
        "items": [
            {
                "generator": "noise",
                "aliases": ["static", "snow"],
                "description": "Moving grey noise, with white, pink or brown noise as its sound.",
                "parameter_schema": {"type": "object", "properties": {"seed": {"type": "integer"}}},
                "ai_hints": {"generator": "A screen that has lost its signal."},
                "example_prompt": "Let the television show snow, quietly hissing.",
                "example": {"seed": 7, "sound": "pink"},
                "ports": {"video": True, "audio": True},
                "animatable": [],
            },
        ],
        "total": 10,
        "limit": 10,
        "offset": 0,
    },
    "LayoutCatalogue": {
        "items": [
            {
                "name": "side_by_side",
                "rectangles": [
                    {"x": 0.0, "y": 0.0, "width": 0.5, "height": 1.0},
                    {"x": 0.5, "y": 0.0, "width": 0.5, "height": 1.0},
                ],
            },
        ],
        "total": 7,
        "limit": 7,
        "offset": 0,
    },
    "Liveness": {"status": "ok"},
    "NamedRevision": {"project_id": "prj_0123456789abcdef0123", "revision": 1, "label": "sent to the client"},
    "FormatList": {
        "items": ["mp4", "webm"],
        "total": 10,
        "limit": 10,
        "offset": 0,
        "profiles": [
            {
                "name": "tiktok",
                "description": "TikTok: upright 1080p.",
                "format": "mp4",
                "video_codec": "h264",
                "size": "1080x1920",
                "max_fps": 60.0,
                "quality": None,
                "crf": None,
                "bitrate": "8M",
                "audio_bitrate": "192k",
                "sample_rate": 48000,
                "loudness": -14.0,
                "true_peak": -1.0,
                "captions": None,
                "safe_area": {"left": 0.05, "top": 0.08, "right": 0.12, "bottom": 0.2},
            }
        ],
        "problems": [],
    },
    "PresetAnswer": {
        "name": "telephone",
        "description": "A voice through a telephone: 300 to 3400 Hz, pressed together.",
        "hint": "Put it on the clip of who is called, not on the whole programme.",
        "targets": ["clip", "track"],
        "effects": [{"type": "highpass", "params": {"frequency": 300, "slope": "steep"}}],
        "edits": [
            {
                "op": "add_effect",
                "target": "clip-1",
                "type": "highpass",
                "params": {"frequency": 300, "slope": "steep"},
            }
        ],
    },
    "PresetList": {
        "items": [
            {
                "name": "telephone",
                "description": "A voice through a telephone: 300 to 3400 Hz, pressed together.",
                "hint": "Put it on the clip of who is called, not on the whole programme.",
                "targets": ["clip", "track"],
                "effects": [{"type": "highpass", "params": {"frequency": 300, "slope": "steep"}}],
            }
        ],
        "total": 8,
        "limit": 8,
        "offset": 0,
        "problems": [],
    },
    "PlanAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "revision": 7,
        "output": "final.mp4",
        "format": "mp4",
        "duration": 6.0,
        "frames": 60,
        "samples": 288000,
        "summary": {"reuse": 0, "copy": 0, "render": 1},
        "cost": 0.864,
        "explanation": ["Sound: one continuous programme at 48000 Hz, aac."],
        "notices": [],
        "spans": [
            {
                "step": "video",
                "start": 0.0,
                "end": 6.0,
                "first_frame": 0,
                "frames": 60,
                "action": "render",
                "why": "Nothing was kept that was made of the same content in the same way.",
                "cost": 0.864,
                "encoder": "libx264",
                "key": "6f44234fd94679c11e5f197337a113963af24bec61bd2b4e417ab35313e64ceb",
                "argv": ["ffmpeg", "-i", "file:footage/interview.mp4", "file:work/video.mp4"],
            }
        ],
        "steps": [
            {
                "id": "video",
                "kind": "video",
                "why": "Frames 0 to 60 of the timeline, composed and encoded with libx264.",
                "needs": [],
                "key": "6f44234fd94679c11e5f197337a113963af24bec61bd2b4e417ab35313e64ceb",
                "kept": False,
                "argv": ["ffmpeg", "-i", "file:footage/interview.mp4", "file:work/video.mp4"],
                "graph": "[0:0]fps=fps=10/1,trim=end_frame=60[v]",
            }
        ],
    },
    "PreviewAnswer": {
        "effect_type": "volume",
        "parameters": {"volume": 0.5},
        "filter_string": "volume=0.5:precision=float",
    },
    "ProjectAnswer": {
        "id": "prj_68895341d5c950398a2c",
        "name": "Holiday",
        "slug": "holiday",
        "revision": 1,
        "document": {
            "schema": "stoat.project/1",
            "id": "prj_68895341d5c950398a2c",
            "name": "Holiday",
            "created_at": "2026-01-02T03:04:05.000000Z",
            "modified_at": "2026-01-02T03:04:05.000000Z",
            "tracks": [],
            "global_effects": [],
            "markers": [],
            "metadata": {},
            "output": {"width": 1280, "height": 720, "fps": 30},
        },
    },
    "ProjectList": {
        "items": [
            {
                "id": "prj_0123456789abcdef0123",
                "name": "Walk",
                "slug": "walk",
                "revision": 1,
                "created_at": "2026-01-02T03:04:05.000000Z",
                "modified_at": "2026-01-02T03:04:05.000000Z",
            }
        ],
        "total": 1,
        "limit": 50,
        "offset": 0,
    },
    "QueueAnswer": {
        "pending": 0,
        "running": 0,
        "depth": 1000,
        "by_kind": {"render": {"completed": 58, "failed": 2}, "scan": {"completed": 3}},
    },
    "Readiness": {
        "status": "ok",
        "checks": {
            "database": {"status": "ok", "version": "sqlite 3.40.1", "latency_ms": 2.52},
            "ffmpeg": {"status": "ok", "version": "9.0.2", "latency_ms": 2.51},
            "rust_core": {"status": "ok", "version": "0.1.0", "latency_ms": 2.49},
            "disk": {"status": "ok", "version": "ext4", "latency_ms": 2.49},
            "project_folders": {"status": "ok", "version": "stoat 0.1.0", "latency_ms": 2.49},
        },
    },
    "RevisionAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "revision": 1,
        "parent": None,
        "kind": "create",
        "of_revision": None,
        "actor": "local",
        "intent": None,
        "label": None,
        "edits": [],
        "spans": [{"start": 0.0, "end": 6.0}],
        "sha256": "6fee11f5da6223b30c3ef3a36a9a0a36416b7303730da4247da4b099782a8c35",
        "correlation_id": "req_dff21ce56b1c6441",
        "created_at": "2026-01-02T03:04:05.000000Z",
        "document": {
            "schema": "stoat.project/1",
            "id": "prj_0123456789abcdef0123",
            "name": "Walk",
            "output": {"width": 160, "height": 90, "fps": 10},
            "tracks": [
                {
                    "id": "video-main",
                    "type": "video",
                    "clips": [
                        {
                            "id": "clip-1",
                            "source": {"generator": "testsrc"},
                            "in_point": 0.0,
                            "out_point": 3.0,
                            "timeline_start": 0.0,
                            "effects": [
                                {
                                    "id": "fx-1",
                                    "type": "video_fade",
                                    "params": {"fade_type": "in", "duration": 0.5},
                                }
                            ],
                            "timeline_end": 3.0,
                        }
                    ],
                }
            ],
            "created_at": "2026-01-02T03:04:05.000000Z",
            "modified_at": "2026-01-02T03:04:05.000000Z",
            "global_effects": [],
            "markers": [],
            "metadata": {},
        },
    },
    "RevisionList": {
        "items": [
            {
                "revision": 1,
                "parent": None,
                "kind": "create",
                "of_revision": None,
                "actor": "local",
                "intent": None,
                "label": None,
                "edits": [],
                "spans": [{"start": 0.0, "end": 6.0}],
                "sha256": "b72724951ec1f5b7c249d49ae144057fc4fc7163c26786ae1ece29601f017a06",
                "correlation_id": "req_559df623cc3734b8",
                "created_at": "2026-01-02T03:04:05.000000Z",
            }
        ],
        "total": 1,
        "limit": 50,
        "offset": 0,
    },
    "SystemInfo": {
        "version": "0.1.0",
        "python": "3.11.7",
        "core": "0.1.0",
        "rust_core": "0.1.0",
        "platform": "Linux-x86_64",
        "ffmpeg": {"version": "9.0.2"},
        "capabilities": {
            "ffmpeg": {"version": "9.0.2", "major": 9, "minor": 0},
            "filters": ["a3dscope", "aap"],
            "transitions": ["custom", "fade"],
            "encoders": ["aac", "alac"],
            "formats": {"demuxers": ["3dostr"], "muxers": ["3g2"]},
            "fonts": [
                {"family": "Roboto", "style": "Regular"},
                {"family": "Roboto", "style": "Bold"},
            ],
        },
        "features": {"docs": True, "metrics": True, "webhooks": True},
        "sandbox": {
            "media_roots": 1,
            "max_pixels": 67108864,
            "ffmpeg_memory_mib": 16384,
            "ffmpeg_file_mib": 1048576,
        },
    },
    "SystemState": {
        "version": "0.1.0",
        "projects": {
            "items": [
                {
                    "id": "prj_0123456789abcdef0123",
                    "name": "Walk",
                    "revision": 1,
                    "modified_at": "2026-01-02T03:04:05.000000Z",
                },
                {
                    "id": "prj_68895341d5c950398a2c",
                    "name": "Holiday",
                    "revision": 1,
                    "modified_at": "2026-01-02T03:04:05.000000Z",
                },
            ],
            "total": 2,
        },
        "jobs": {
            "running": 0,
            "pending": 0,
            "depth": 1000,
            "by_kind": {"render": {"completed": 73, "failed": 2}, "scan": {"completed": 3}},
        },
        "health": {
            "status": "ok",
            "checks": {
                "database": {
                    "status": "ok",
                    "version": "sqlite 3.40.1",
                    "schema": "0002",
                    "latency_ms": 4.08,
                },
                "ffmpeg": {"status": "ok", "version": "9.0.2", "latency_ms": 4.43},
                "rust_core": {"status": "ok", "version": "0.1.0", "latency_ms": 4.06},
                "disk": {
                    "status": "ok",
                    "version": "ext4",
                    "free_bytes": 68157333504,
                    "latency_ms": 4.06,
                },
                "project_folders": {"status": "ok", "version": "stoat 0.1.0", "latency_ms": 4.06},
            },
        },
    },
    "TimelineAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "revision": 1,
        "duration": 6.0,
        "frames": 60,
        "fps": 10,
        "tracks": [
            {
                "id": "video-main",
                "type": "video",
                "clips": [
                    {
                        "id": "clip-1",
                        "source": {"generator": "testsrc"},
                        "in_point": 0.0,
                        "out_point": 3.0,
                        "timeline_start": 0.0,
                        "effects": [
                            {
                                "id": "fx-1",
                                "type": "video_fade",
                                "params": {"fade_type": "in", "duration": 0.5},
                            }
                        ],
                        "timeline_end": 3.0,
                        "start": 0.0,
                        "end": 3.0,
                    }
                ],
                "transitions": [],
            }
        ],
        "markers": [],
    },
    "TransitionAnswer": {
        "id": "transition_09d98f8d62f7bbb6ce77",
        "type": "dissolve",
        "duration": 1.0,
        "from": "clip-1",
        "to": "clip-2",
        "project_id": "prj_0123456789abcdef0123",
        "revision": 2,
    },
    "TransitionCatalogue": {
        "items": [{"type": "fade"}, {"type": "wipeleft"}],
        "total": 58,
        "limit": 58,
        "offset": 0,
    },
    "ValidateAnswer": {
        "project_id": "prj_0123456789abcdef0123",
        "revision": 1,
        "valid": True,
        "problems": [],
    },
    "VideoAnswer": {
        "id": "vid_bbf5956d4d58b766660b",
        "path": "/srv/films/again.mp4",
        "filename": "again.mp4",
        "kind": "video",
        "duration": 0.5,
        "width": 320,
        "height": 180,
        "fps": 30.0,
        "codec": "h264",
        "bitrate": 107152,
        "file_size": 6697,
        "rotation": 0,
        "audio": {"codec": "aac", "channels": 2, "sample_rate": 48000},
        "created_at": "2026-01-02T03:04:05.000000Z",
        "scanned_at": "2026-01-02T03:04:05.000000Z",
        "tags": [],
        "notes": "",
        "metadata": {
            "compatible_brands": "isomiso2avc1mp41",
            "encoder": "Lavf63.1.102",
            "major_brand": "isom",
            "minor_version": "512",
        },
        "status": "ready",
        "problem": None,
    },
    "VideoList": {
        "items": [
            {
                "id": "vid_61c48633641b9fe3bf4a",
                "path": "/srv/films/footage/interview.mp4",
                "filename": "interview.mp4",
                "kind": "video",
                "duration": 0.666666667,
                "width": 320,
                "height": 180,
                "fps": 30.0,
                "codec": "h264",
                "bitrate": 91392,
                "file_size": 7616,
                "rotation": 0,
                "audio": {"codec": "aac", "channels": 2, "sample_rate": 48000},
                "created_at": "2026-01-02T03:04:05.000000Z",
                "scanned_at": "2026-01-02T03:04:05.000000Z",
                "tags": [],
                "notes": "",
                "metadata": {
                    "compatible_brands": "isomiso2avc1mp41",
                    "encoder": "Lavf63.1.102",
                    "major_brand": "isom",
                    "minor_version": "512",
                },
                "status": "ready",
                "problem": None,
            }
        ],
        "total": 1,
        "limit": 50,
        "offset": 0,
    },
    "WebhookAnswer": {
        "id": "whk_0ce3870f479371d90cc9",
        "url": "https://example.com/hook",
        "events": ["JOB_COMPLETED"],
        "project_id": None,
        "job_id": None,
        "enabled": True,
        "actor": "local",
        "created_at": "2026-01-02T03:04:05.000000Z",
        "secret": "whsec_…",
    },
    "WebhookList": {
        "items": [
            {
                "id": "whk_bb356cc7ee4411ccf82d",
                "url": "https://example.com/hook",
                "events": [],
                "project_id": None,
                "job_id": None,
                "enabled": True,
                "actor": "local",
                "created_at": "2026-01-02T03:04:05.000000Z",
            },
            {
                "id": "whk_9c3de8cdcf2673d1bba8",
                "url": "https://example.com/hook",
                "events": [],
                "project_id": None,
                "job_id": None,
                "enabled": True,
                "actor": "local",
                "created_at": "2026-01-02T03:04:05.000000Z",
            },
        ],
        "total": 67,
        "limit": 50,
        "offset": 0,
    },
}

NOT_NOW: Final[Mapping[str, Any]] = {
    "Liveness": {"status": "starting"},
    "Readiness": {
        "status": "failing",
        "checks": {
            **EXAMPLES["Readiness"]["checks"],
            "disk": {"status": "failing", "version": "ext4", "latency_ms": 2.49},
        },
    },
}
"""Answers of the same shape that say no."""

_REFUSALS: Final[Mapping[int, tuple[str, str, str, str]]] = {
    400: (
        "body.not_json",
        "",
        "The body is not JSON: expected value at character 1.",
        "Send one JSON value, in UTF-8.",
    ),
    401: ("key.unknown", "/header/authorization", "This needs a key.", "Send `Authorization: Bearer TOKEN`."),
    403: (
        "key.scope",
        "/header/authorization",
        "This needs the scope edit, which the key does not have.",
        "The key has read; ask an administrator for another.",
    ),
    404: (
        "project.not_found",
        "/path/project_id",
        "There is no project 'prj_gone'.",
        "GET /api/v1/projects lists the projects.",
    ),
    405: (
        "method.not_allowed",
        "",
        "This address does not know this method.",
        "It knows DELETE, GET, HEAD, PATCH.",
    ),
    408: (
        "body.stalled",
        "",
        "The body made no progress for 30 s.",
        "Send it again; STOAT_BODY_STALL_SECONDS holds the limit.",
    ),
    409: (
        "job.wrong_state",
        "/status",
        "Job job_7c470c552bb8fa225089 is completed; it cannot be cancelled.",
        "Only what is pending or running can be cancelled.",
    ),
    412: (
        "revision.stale",
        "/header/If-Match",
        "The project is at revision 8, not at 7.",
        "Read it again, and decide anew.",
    ),
    413: ("body.too_large", "", "The body is larger than 16 MiB.", "Send less at once."),
    415: (
        "content_type.not_json",
        "/header/content-type",
        "The body is not said to be JSON.",
        "Send it with `Content-Type: application/json`, in UTF-8.",
    ),
    416: (
        "bytes.outside",
        "/header/range",
        "The range of bytes is not within the file.",
        "Content-Range says how long it is.",
    ),
    421: (
        "host.not_allowed",
        "/header/host",
        "The service does not go by the name in the Host header.",
        "Call it by the address that is served, or add the name to STOAT_ALLOWED_HOSTS.",
    ),
    422: (
        "edit.unknown_op",
        "/edits/0/op",
        "There is no edit 'add_clips'.",
        "Did you mean add_clip?",
    ),
    428: (
        "revision.required",
        "/header/If-Match",
        "This replaces what others may have changed.",
        "Read the project, and send its ETag as If-Match.",
    ),
    429: ("rate.exceeded", "", "Too many requests in a minute.", "Wait as long as Retry-After says."),
    500: (
        "internal",
        "",
        "The server made a mistake.",
        "Its log tells more under the correlation id of this answer; please report it.",
    ),
    503: (
        "database.unavailable",
        "",
        "The database does not answer: it is locked.",
        "Nothing was changed; try again in a moment. If it stays so, look at the data folder's disk.",
    ),
    504: (
        "ffmpeg.timeout",
        "",
        "ffmpeg was stopped after 600 s, the longest that this run may take.",
        "Raise STOAT_RENDER_TIMEOUT_SECONDS, or render a shorter range.",
    ),
    507: (
        "disk.full",
        "",
        "There is no room left on the disk of 'renders'.",
        "Free some room, or write the output to another disk.",
    ),
}


def refusal(code: int) -> dict[str, Any]:
    """An example of a refusal with this status."""
    name, path, message, hint = _REFUSALS[code]
    problem = Problem(code=name, path=path, message=message, hint=hint)
    return document(code, (problem,), instance="urn:stoat:request:9f2c1d5e8a7b4c3d")
