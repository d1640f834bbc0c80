//! `FFmpegCommand`: whole commands from Python.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt};
use stoat_ferret_core::ffmpeg::command::{ArgValue, FFmpegCommand, GraphOption, Input, Output};
use stoat_ferret_core::ffmpeg::error::BuildError;

use crate::errors::{path_text, refused};
use crate::expression::PyExpr;
use crate::filters::{PyFilterGraph, pad};

/// An FFmpeg command: flags, inputs, one filter graph, outputs. It never reads the terminal, every file is
/// `file:` and an absolute path, and it leaves as a list of arguments for `subprocess`, never as a string.
#[pyclass(
    name = "FFmpegCommand",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyFFmpegCommand(FFmpegCommand);

#[pymethods]
impl PyFFmpegCommand {
    #[new]
    fn new() -> Self {
        Self(FFmpegCommand::new())
    }

    /// Whether files that exist are overwritten. Without it FFmpeg stops at them.
    fn overwrite(&self, overwrite: bool) -> Self {
        Self(self.0.clone().overwrite(overwrite))
    }

    /// How much is logged: `quiet`, `error`, `warning`, `info`, …
    fn loglevel(&self, level: &str) -> PyResult<Self> {
        self.0.clone().loglevel(level).map(Self).map_err(refused)
    }

    /// Any other global option, named without its dash. `True` sets a switch that has no value, `False` leaves it out.
    fn option(&self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let command = self.0.clone();
        let made = match argument(value)? {
            Given::Value(value) => command.option(name, value),
            Given::Switch(true) => command.switch(name),
            Given::Switch(false) => Ok(command),
        };
        made.map(Self).map_err(refused)
    }

    /// Adds a file to read. `seek` and `duration` are seconds; `options` stand before the file,
    /// named without their dash; `True` sets a switch that has no value.
    #[pyo3(signature = (path, *, seek = None, duration = None, demuxer = None, video_decoder = None, options = None))]
    fn input(
        &self,
        path: PathBuf,
        seek: Option<f64>,
        duration: Option<f64>,
        demuxer: Option<&str>,
        video_decoder: Option<&str>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let start = Input::file(path_text(&path)?);
        let made = set(start, seek, Input::seek);
        let made = set(made, duration, Input::duration);
        let made = set(made, demuxer, Input::format);
        let mut made = set(made, video_decoder, Input::video_decoder).map_err(refused)?;
        for (name, value) in pairs(options)? {
            made = match value {
                Given::Value(value) => made.option(&name, value).map_err(refused)?,
                Given::Switch(true) => made.switch(&name).map_err(refused)?,
                Given::Switch(false) => made,
            };
        }
        Ok(Self(self.0.clone().input(made)))
    }

    /// Sets the filter graph.
    fn graph(&self, graph: PyRef<'_, PyFilterGraph>) -> Self {
        Self(self.0.clone().graph(graph.0.clone()))
    }

    /// Adds a file to write. `maps` are labels of the graph or streams such as `0:a:1`; `duration` is seconds;
    /// `metadata` are tags of the file; `options` stand before the file.
    #[pyo3(signature = (path, *, maps = Vec::new(), muxer = None, video_codec = None, audio_codec = None,
                        duration = None, metadata = None, options = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "all but the path are keywords of Python"
    )]
    fn output(
        &self,
        path: PathBuf,
        maps: Vec<String>,
        muxer: Option<&str>,
        video_codec: Option<&str>,
        audio_codec: Option<&str>,
        duration: Option<f64>,
        metadata: Option<&Bound<'_, PyDict>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let start = Output::file(path_text(&path)?);
        let made = set(start, muxer, Output::format);
        let made = set(made, video_codec, Output::video_codec);
        let made = set(made, audio_codec, Output::audio_codec);
        let mut made = set(made, duration, Output::duration).map_err(refused)?;
        for map in &maps {
            made = made.map(pad(map)?);
        }
        for (key, value) in metadata.into_iter().flatten() {
            made = made
                .metadata(&key.extract::<String>()?, &value.extract::<String>()?)
                .map_err(refused)?;
        }
        for (name, value) in pairs(options)? {
            made = match value {
                Given::Value(value) => made.option(&name, value).map_err(refused)?,
                Given::Switch(true) => made.switch(&name).map_err(refused)?,
                Given::Switch(false) => made,
            };
        }
        Ok(Self(self.0.clone().output(made)))
    }

    /// The text that belongs into the graph's file, or `None` without a graph.
    #[getter]
    fn graph_text(&self) -> Option<String> {
        self.0.graph_text()
    }

    /// The arguments after the program's name, the graph among them.
    fn argv(&self) -> PyResult<Vec<String>> {
        self.0.argv().map_err(refused)
    }

    /// The arguments after the program's name, the graph read from the file at `path`
    /// by the option that FFmpeg of this major version knows.
    fn argv_with_graph_file(&self, path: PathBuf, major: u32) -> PyResult<Vec<String>> {
        self.0
            .argv_with_graph_file(path_text(&path)?, GraphOption::for_major(major))
            .map_err(refused)
    }
}

fn set<T, V>(
    made: Result<T, BuildError>,
    value: Option<V>,
    change: impl FnOnce(T, V) -> Result<T, BuildError>,
) -> Result<T, BuildError> {
    match value {
        Some(value) => change(made?, value),
        None => made,
    }
}

fn pairs(options: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<(String, Given)>> {
    let pair = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| Ok((name.extract()?, argument(&value)?));
    options.into_iter().flatten().map(pair).collect()
}

/// What an option is given: a value, or that it is a switch without one.
enum Given {
    Value(ArgValue),
    Switch(bool),
}

fn argument(given: &Bound<'_, PyAny>) -> PyResult<Given> {
    if given.is_instance_of::<PyBool>() {
        return Ok(Given::Switch(given.extract()?));
    }
    if given.is_instance_of::<PyInt>() {
        return Ok(Given::Value(given.extract::<i64>()?.into()));
    }
    if let Ok(text) = given.extract::<String>() {
        if text.contains('\0') {
            return Err(refused(BuildError::Nul { what: "the value" }));
        }
        return Ok(Given::Value(text.into()));
    }
    let number = given.extract::<PyExpr>();
    number
        .map(|number| Given::Value(number.tree.into()))
        .map_err(|_| PyTypeError::new_err("an option's value is a str, int, float or bool"))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyFFmpegCommand>()
}
