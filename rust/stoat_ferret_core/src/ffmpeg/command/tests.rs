use super::*;

#[test]
fn options_that_reach_files_are_refused() {
    for name in [
        "i",
        "-i",
        "",
        "a b",
        "map",
        "filter_complex",
        "/filter_complex",
        "attach",
        "c:v x",
        "é",
        "f",
    ] {
        assert!(Output::open().option(name, "x").is_err(), "{name:?}");
    }
    assert!(Output::open().option("b:v", "2M").is_ok());
    assert!(Output::open().option("movflags", "+faststart").is_ok());
}

#[test]
fn values_stand_alone_as_arguments() {
    let command = FFmpegCommand::new()
        .input(
            Input::file("/in/-y; rm -rf $HOME.mp4")
                .unwrap()
                .duration(2.0)
                .unwrap(),
        )
        .output(
            Output::file("/out/a.mkv")
                .unwrap()
                .map(Pad::input(0, StreamRef::Audio(1)))
                .metadata("title", "-y\n\"x\"")
                .unwrap()
                .option("r", (30000, 1001))
                .unwrap(),
        );
    let expected = [
        "-nostdin",
        "-hide_banner",
        "-n",
        "-t",
        "2",
        "-i",
        "file:/in/-y; rm -rf $HOME.mp4",
        "-map",
        "0:a:1",
        "-metadata",
        "title=-y\n\"x\"",
        "-r",
        "30000/1001",
        "file:/out/a.mkv",
    ];
    assert_eq!(expected.map(str::to_owned).to_vec(), command.argv().unwrap());
}

#[test]
fn open_files_are_filled_in_later() {
    let command = FFmpegCommand::new()
        .input(Input::open())
        .graph(FilterGraph::new())
        .output(Output::open());
    let places: Vec<Token> = command
        .tokens()
        .into_iter()
        .filter(|token| !matches!(token, Token::Text(_)))
        .collect();
    assert_eq!(
        vec![
            Token::Input(0),
            Token::GraphOption,
            Token::Graph,
            Token::Output(0)
        ],
        places
    );
    assert_eq!(
        Err(BuildError::Incomplete {
            missing: "the path of an input"
        }),
        command.argv()
    );
}

#[test]
fn a_graph_is_read_from_a_file() {
    let command = FFmpegCommand::new()
        .graph(FilterGraph::new())
        .output(Output::file("/out/a.png").unwrap());
    let argv = command
        .argv_with_graph_file("/tmp/graph", GraphOption::Slash)
        .unwrap();
    assert!(
        argv.windows(2)
            .any(|pair| pair == ["-/filter_complex", "/tmp/graph"])
    );
}

#[test]
fn pads_are_read() {
    for (expected, given) in [
        (Pad::input(0, StreamRef::Video(0)), "0:v"),
        (Pad::input(1, StreamRef::Audio(2)), "[1:a:2]"),
        (Pad::input(0, StreamRef::Index(3)), "0:3"),
        (Pad::label("out"), "[out]"),
        (Pad::label("0"), "0"),
    ] {
        assert_eq!(Ok(expected), given.parse());
    }
    for given in ["", "[]", "a]b", "0:x", "0:v:x", "0:v:1:2", "a:b"] {
        assert!(given.parse::<Pad>().is_err(), "{given:?}");
    }
}
