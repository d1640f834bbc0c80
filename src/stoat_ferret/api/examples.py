"""Examples of answers, by the name of their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EXAMPLES: Final[Mapping[str, Any]] = {
    "Accepted": {"job_id": "job_4568e1f2e7344354964d"},
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
    "EncoderList": {"items": ["aac", "alac"], "total": 20},
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
    "LayoutCatalogue": {
        "items": [{"name": "pip_top_left"}, {"name": "pip_top_right"}],
        "total": 7,
        "limit": 7,
        "offset": 0,
    },
    "Liveness": {"status": "ok"},
    "NamedRevision": {"project_id": "prj_0123456789abcdef0123", "revision": 1, "label": "sent to the client"},
    "Names": {"items": ["mp4", "webm"], "total": 9},
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
            "database": {"status": "ok", "version": "sqlite 3.40.1", "schema": "0001", "latency_ms": 2.52},
            "ffmpeg": {"status": "ok", "version": "9.0.2", "latency_ms": 2.51},
            "rust_core": {"status": "ok", "version": "0.1.0", "latency_ms": 2.49},
            "disk": {"status": "ok", "free_bytes": 68156616704, "latency_ms": 2.49},
            "project_folders": {"status": "ok", "latency_ms": 2.49},
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
                    "schema": "0001",
                    "latency_ms": 4.08,
                },
                "ffmpeg": {"status": "ok", "version": "9.0.2", "latency_ms": 4.43},
                "rust_core": {"status": "ok", "version": "0.1.0", "latency_ms": 4.06},
                "disk": {"status": "ok", "free_bytes": 68157333504, "latency_ms": 4.06},
                "project_folders": {"status": "ok", "latency_ms": 4.06},
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

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "urn:stoat:problem:edit.unknown_op",
    "title": "The request asks for what cannot be",
    "status": 422,
    "detail": "There is no edit 'add_clips'.",
    "code": "edit.unknown_op",
    "instance": "urn:stoat:request:9f2c1d5e8a7b4c3d",
    "problems": [
        {
            "code": "edit.unknown_op",
            "path": "/edits/0/op",
            "message": "There is no edit 'add_clips'.",
            "hint": "Did you mean add_clip?",
            "allowed": ["add_clip"],
        }
    ],
}
"""An example of a refusal."""
