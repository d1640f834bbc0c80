"""The commands of `stoat`: arguments in, a use case called, an `Answer` out."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from stoat_ferret.cli.answer import Answer
from stoat_ferret.errors import RequestError

app = typer.Typer(
    name="stoat",
    help="A video editor that programs, AI agents and people drive together.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

quiet: ContextVar[bool] = ContextVar("quiet", default=False)
"""Show no progress: the answer is for a program."""

Project = Annotated[Path, typer.Argument(metavar="FILE", help="A project file (stoat.project/1).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="WxH", help="Pixels of the picture, such as 1280x720; the project's by default."),
]


Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="The file to make; its ending says the format."),
]
Part = Annotated[
    str | None,
    typer.Option(
        "--range",
        metavar="START:END",
        help="Only this part: seconds (10s:20s), frames (30f:90f) or timecodes.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="mp4, webm, mov, mkv, gif, webp, m4a, mp3, wav or flac."),
]
Codec = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="h264, hevc, av1, vp9, prores or ffv1; the format's usual one by default."
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What a platform takes: instagram_reel, instagram_square, podcast_audio, tiktok, vimeo, "
        "web_small, x, youtube_1080p, youtube_2160p, youtube_shorts, or one of STOAT_PROFILES_DIR; "
        "other options go before it.",
    ),
]
Quality = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="draft, medium, high or lossless; medium by default."),
]
Encoder = Annotated[
    str | None, typer.Option(metavar="NAME", help="ffmpeg's name of a video encoder, such as libx264.")
]
Preset = Annotated[
    str | None, typer.Option(metavar="NAME", help="The encoder's own speed, such as veryfast.")
]
Crf = Annotated[float | None, typer.Option(help="Constant quality on the encoder's own scale.")]
Bitrate = Annotated[str | None, typer.Option(help="Video bits per second, such as 4M.")]
AudioBitrate = Annotated[str | None, typer.Option(help="Audio bits per second, such as 192k.")]
Loudness = Annotated[
    float | None,
    typer.Option(metavar="LUFS", help="Bring the whole sound to this loudness (EBU R128), such as -14."),
]
Captions = Annotated[
    str | None,
    typer.Option(
        metavar="WAY",
        help="What becomes of tracks of captions: burn (part of the picture, the usual), stream (of the "
        "file: mp4, mov, mkv, webm), file (.srt beside it, .vtt beside a webm) or none.",
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, max=256, help="Threads of the encoder.")]
CacheDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where rendered parts are kept to be used again.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Use and keep no rendered parts.")]
NoCopy = Annotated[
    bool, typer.Option("--no-copy", help="Encode every frame, even those that are a source's own.")
]


@app.callback(invoke_without_command=True)
def stoat(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    """A video editor that programs, AI agents and people drive together."""
    if version:
        from stoat_ferret.cli import about

        raise about.Said(about.answer())
    if context.invoked_subcommand is None:
        raise usage("There is no command.")


@app.command()
def render(
    project: Project,
    output: Output = None,
    overwrite: Overwrite = False,
    range_: Part = None,
    size: Size = None,
    format_: Format = None,
    codec: Codec = None,
    profile: Profile = None,
    quality: Quality = None,
    encoder: Encoder = None,
    preset: Preset = None,
    crf: Crf = None,
    bitrate: Bitrate = None,
    audio_bitrate: AudioBitrate = None,
    loudness: Loudness = None,
    captions: Captions = None,
    threads: Threads = None,
    stems: Annotated[
        bool,
        typer.Option(
            "--stems", help="Beside a .wav or .flac, make one for each track that is heard: mix.music.wav."
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would be done, and do nothing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was done and measured to a JSON file.")
    ] = None,
    cache_dir: CacheDir = None,
    no_cache: NoCache = False,
    no_copy: NoCopy = False,
    json: Json = False,
) -> Answer:
    """Make a finished, verified file out of a project."""
    from stoat_ferret.cli import rendering

    return rendering.render(
        project,
        output=output,
        overwrite=overwrite,
        frames=range_,
        chosen_format=format_,
        options={
            "video_codec": codec,
            "quality": quality,
            "encoder": encoder,
            "preset": preset,
            "crf": crf,
            "bitrate": bitrate,
            "audio_bitrate": audio_bitrate,
            "loudness": loudness,
            "captions": captions,
            "threads": threads,
            "copy": not no_copy,
        },
        size=size,
        profile=profile,
        stems=stems,
        explain=explain,
        report=report,
        quiet=quiet.get(),
        cache_dir=cache_dir,
        no_cache=no_cache,
    )


@app.command()
def plan(
    project: Project,
    output: Output = None,
    range_: Part = None,
    size: Size = None,
    format_: Format = None,
    codec: Codec = None,
    profile: Profile = None,
    quality: Quality = None,
    encoder: Encoder = None,
    preset: Preset = None,
    crf: Crf = None,
    bitrate: Bitrate = None,
    audio_bitrate: AudioBitrate = None,
    loudness: Loudness = None,
    captions: Captions = None,
    threads: Threads = None,
    cache_dir: CacheDir = None,
    no_cache: NoCache = False,
    no_copy: NoCopy = False,
    json: Json = False,
) -> Answer:
    """Say what a render would do, span by span, and why; the same as `stoat render --explain`."""
    return render(
        project,
        output=output,
        range_=range_,
        size=size,
        format_=format_,
        codec=codec,
        profile=profile,
        quality=quality,
        encoder=encoder,
        preset=preset,
        crf=crf,
        bitrate=bitrate,
        audio_bitrate=audio_bitrate,
        loudness=loudness,
        captions=captions,
        threads=threads,
        explain=True,
        cache_dir=cache_dir,
        no_cache=no_cache,
        no_copy=no_copy,
    )


@app.command()
def captions(
    project: Project,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="A file that ends in .srt or .vtt.")
    ],
    track: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose captions; needed where several tracks have some.")
    ] = None,
    range_: Part = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> Answer:
    """Write the captions of a project to a file, without rendering anything."""
    from stoat_ferret.cli import captions as written

    return written.write(project, output=output, track=track, frames=range_, overwrite=overwrite)


@app.command()
def check(project: Project, json: Json = False) -> Answer:
    """Say everything that is wrong with a project."""
    from stoat_ferret.cli import rendering

    return rendering.check(project)


@app.command()
def look(
    project: Project,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PNG", help="The picture to make.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="One frame: seconds, frames or a timecode.")
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="A labelled sheet with a frame every so often.")
    ] = None,
    times: Annotated[
        str | None, typer.Option(metavar="T,T,…", help="A labelled sheet with the frames at these times.")
    ] = None,
    columns: Annotated[
        int | None, typer.Option(min=1, max=32, help="Pictures in a row of the sheet.")
    ] = None,
    size: Size = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> Answer:
    """Show one frame, or a labelled contact sheet, as a PNG."""
    from stoat_ferret.cli import looking

    return looking.look(
        project,
        output=output,
        at=at,
        every=every,
        times=times,
        columns=columns,
        size=size,
        overwrite=overwrite,
    )


@app.command()
def effects(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One effect or generator, with its parameters.")
    ] = None,
    json: Json = False,
) -> Answer:
    """List the effects, generators, transitions and layouts, or the parameters of one."""
    from stoat_ferret.cli import catalogue

    return catalogue.effects(name)


@app.command()
def presets(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One preset, with its effects.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A clip, a track or project: show the edits that put it there."),
    ] = None,
    json: Json = False,
) -> Answer:
    """List the presets, which are effects under one name, or one preset's effects."""
    from stoat_ferret.cli import catalogue

    return catalogue.presets(name, target)


@app.command()
def doctor(json: Json = False) -> Answer:
    """Say what this machine can do, what is missing, and how to mend it."""
    from stoat_ferret.cli import doctor as examination

    return examination.doctor()


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback it needs a token.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0: any that is free.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Database, projects and cache.")
    ] = None,
    media_root: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A folder of media; may be given again.")
    ] = None,
    json: Json = False,
) -> Answer:
    """Run the service that programs, agents and the page drive, until it is asked to end."""
    from stoat_ferret.cli import serving

    given = {"host": host, "port": port, "data_dir": data_dir, "media_roots": tuple(media_root or ()) or None}
    return serving.serve(
        {name: value for name, value in given.items() if value is not None}, quiet=quiet.get()
    )


@app.command()
def recover(
    data_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Database and projects.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Rebuild a sound database, too.")] = False,
    json: Json = False,
) -> Answer:
    """Build a lost or damaged database anew from the project folders; stop the server first."""
    from stoat_ferret.cli import recovering

    return recovering.recover(data_dir, force=force)


cache = typer.Typer(help="The parts of renders that are kept to be used again.", no_args_is_help=True)
app.add_typer(cache, name="cache")


@cache.command("size")
def cache_size(cache_dir: CacheDir = None, json: Json = False) -> Answer:
    """Say how much is kept, and where."""
    from stoat_ferret.cli import keeping

    return keeping.measure(cache_dir)


@cache.command("prune")
def cache_prune(
    to: Annotated[
        int | None,
        typer.Option(min=0, metavar="MIB", help="What may stay, MiB; by default STOAT_RENDER_CACHE_MIB."),
    ] = None,
    cache_dir: CacheDir = None,
    json: Json = False,
) -> Answer:
    """Take out what was not used for longest."""
    from stoat_ferret.cli import keeping

    return keeping.prune(cache_dir, to)


@cache.command("verify")
def cache_verify(cache_dir: CacheDir = None, json: Json = False) -> Answer:
    """Read everything that is kept, and take out what is damaged."""
    from stoat_ferret.cli import keeping

    return keeping.verify(cache_dir)


audit = typer.Typer(help="The audit log of the service.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command()
def verify(
    data_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Database and projects.")] = None,
    json: Json = False,
) -> Answer:
    """Prove that no entry of the audit log was changed or taken out."""
    from stoat_ferret.cli import recovering

    return recovering.verify(data_dir)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option("--output-dir", metavar="DIR", help="Where everything goes.")
    ] = Path("out/demo"),
    json: Json = False,
) -> Answer:
    """Make footage, edit it, render it, verify it, and show what came out."""
    from stoat_ferret.cli import demo as showing

    return showing.demo(folder, quiet=quiet.get())


def usage(message: str, *, hint: str = "stoat --help shows what there is.", path: str = "") -> RequestError:
    """A command line that cannot be followed."""
    return RequestError.because("usage", message, hint=hint, path=path)
