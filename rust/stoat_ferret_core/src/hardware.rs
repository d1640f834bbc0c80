//! Which encoder to use: the proven ones in order, with the reason in words.
//!
//! That an encoder is listed proves nothing; only one that has encoded something on this machine is used.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

/// The software encoders of each codec, best first.
const SOFTWARE: &[(&str, &[&str])] = &[
    ("h264", &["libx264", "libopenh264"]),
    ("hevc", &["libx265", "libkvazaar"]),
    ("av1", &["libsvtav1", "libaom-av1", "librav1e"]),
    ("vp9", &["libvpx-vp9"]),
    ("vp8", &["libvpx"]),
    ("prores", &["prores_ks", "prores_aw", "prores"]),
    ("ffv1", &["ffv1"]),
    ("gif", &["gif"]),
    ("png", &["png"]),
    ("aac", &["aac", "libfdk_aac"]),
    ("opus", &["libopus"]),
    ("mp3", &["libmp3lame"]),
    ("flac", &["flac"]),
    ("pcm_s16le", &["pcm_s16le"]),
    ("pcm_s24le", &["pcm_s24le"]),
];

/// Said of an encoder that the machine cannot run.
const FAILED: &str = "it failed a trial encode on this machine";

/// What does the encoding. The order is the default preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// NVIDIA.
    Nvenc,
    /// Intel Quick Sync.
    Qsv,
    /// The Linux video acceleration interface.
    Vaapi,
    /// AMD.
    Amf,
    /// Apple.
    VideoToolbox,
    /// Vulkan video.
    Vulkan,
    /// The processor.
    Software,
}

impl Family {
    /// Every family, in the default order of preference.
    pub const ALL: [Self; 7] = [
        Self::Nvenc,
        Self::Qsv,
        Self::Vaapi,
        Self::Amf,
        Self::VideoToolbox,
        Self::Vulkan,
        Self::Software,
    ];

    /// The name that settings give it.
    ///
    /// ```
    /// use stoat_ferret_core::hardware::Family;
    /// assert_eq!(Family::VideoToolbox.name(), "videotoolbox");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nvenc => "nvenc",
            Self::Qsv => "qsv",
            Self::Vaapi => "vaapi",
            Self::Amf => "amf",
            Self::VideoToolbox => "videotoolbox",
            Self::Vulkan => "vulkan",
            Self::Software => "software",
        }
    }

    /// The family of that name.
    ///
    /// ```
    /// use stoat_ferret_core::hardware::Family;
    /// assert_eq!(Family::from_name("qsv"), Some(Family::Qsv));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }
}

/// What came of trying an encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The encoder's name: `h264_nvenc`.
    pub name: String,
    /// Whether it has encoded a few frames on this machine.
    pub ok: bool,
    /// The name of its [`Family`], or `hardware`; told by the encoder's name when left out.
    #[serde(default)]
    pub kind: Option<String>,
}

impl Probe {
    /// A tried encoder of the family that its name tells.
    ///
    /// ```
    /// use stoat_ferret_core::hardware::{Family, Probe};
    /// let probe = Probe::new("hevc_vaapi", true);
    /// assert_eq!((probe.family(), probe.codec()), (Some(Family::Vaapi), Some("hevc")));
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, ok: bool) -> Self {
        Self {
            name: name.into(),
            ok,
            kind: None,
        }
    }

    /// What does the encoding; `None` for a family that is not known.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        let named = self.kind.as_deref().and_then(Family::from_name);
        let told = || {
            self.name
                .rsplit_once('_')
                .and_then(|(_, family)| Family::from_name(family))
        };
        let software = || software_codec(&self.name).map(|_| Family::Software);
        named.or_else(told).or_else(software)
    }

    /// What it encodes: `h264`; `None` for an encoder that is not known.
    #[must_use]
    pub fn codec(&self) -> Option<&str> {
        let is_hardware = self.family().is_some_and(|family| family != Family::Software);
        let by_name = self
            .name
            .rsplit_once('_')
            .filter(|_| is_hardware)
            .map(|(codec, _)| codec);
        by_name.or_else(|| software_codec(&self.name))
    }
}

/// What the user wants of an encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// This one first, if it is proven.
    pub requested: Option<String>,
    /// Families, the best first. Hardware that is not named is not used; software is the last resort
    /// even where it is not named.
    pub order: Vec<Family>,
}

impl Default for Preference {
    fn default() -> Self {
        Self {
            requested: None,
            order: Family::ALL.to_vec(),
        }
    }
}

/// An encoder that can be used, and why it stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// The encoder's name.
    pub name: String,
    /// What does the encoding; absent for a requested encoder of an unknown family.
    pub family: Option<Family>,
    /// The reason, in words.
    pub why: String,
}

/// An encoder that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The encoder's name.
    pub name: String,
    /// The reason, in words.
    pub why: String,
}

/// The encoders of a codec, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Ranking {
    /// Those that can be used.
    pub encoders: Vec<Ranked>,
    /// Those that were tried or asked for and cannot be used.
    pub passed_over: Vec<PassedOver>,
}

impl Ranking {
    /// The encoder to use.
    #[must_use]
    pub fn best(&self) -> Option<&Ranked> {
        self.encoders.first()
    }

    /// The best software encoder: what a failed hardware run is repeated with.
    #[must_use]
    pub fn software(&self) -> Option<&Ranked> {
        self.encoders
            .iter()
            .find(|encoder| encoder.family == Some(Family::Software))
    }
}

/// Ranks the encoders of `codec` among those that were tried: the requested one, then hardware and
/// software by preference. Each encoder is named once.
///
/// ```
/// use stoat_ferret_core::hardware::{Preference, Probe, rank};
/// let probes = [Probe::new("libx264", true), Probe::new("h264_vaapi", true), Probe::new("h264_nvenc", false)];
/// let ranking = rank("h264", &probes, &Preference::default());
/// assert_eq!(ranking.best().map(|encoder| encoder.name.as_str()), Some("h264_vaapi"));
/// assert_eq!(ranking.software().map(|encoder| encoder.name.as_str()), Some("libx264"));
/// assert_eq!(ranking.passed_over[0].name, "h264_nvenc");
/// ```
#[must_use]
pub fn rank(codec: &str, probes: &[Probe], preference: &Preference) -> Ranking {
    let mut ranking = Ranking::default();
    if let Some(name) = &preference.requested {
        request(name, codec, probes, &mut ranking);
    }
    let mut usable: Vec<(Place, &Probe, Family)> = Vec::new();
    for probe in probes.iter().filter(|probe| probe.codec() == Some(codec)) {
        let Some(family) = probe.family() else { continue };
        match place(probe, family, codec, preference) {
            _ if !probe.ok => ranking.pass_over(&probe.name, FAILED.into()),
            None => ranking.pass_over(&probe.name, format!("the settings leave out {}", family.name())),
            Some(place) => usable.push((place, probe, family)),
        }
    }
    usable.sort_by_key(|(place, probe, _)| (*place, Reverse(probe.kind.is_some()), &probe.name));
    for (place, probe, family) in usable {
        ranking.add(&probe.name, Some(family), reason(family, place));
    }
    ranking
}

impl Ranking {
    fn add(&mut self, name: &str, family: Option<Family>, why: String) {
        if self.encoders.iter().all(|known| known.name != name) {
            self.encoders.push(Ranked {
                name: name.to_owned(),
                family,
                why,
            });
        }
    }

    fn pass_over(&mut self, name: &str, why: String) {
        let is_new = self.passed_over.iter().all(|known| known.name != name);
        if is_new && self.encoders.iter().all(|known| known.name != name) {
            self.passed_over.push(PassedOver {
                name: name.to_owned(),
                why,
            });
        }
    }
}

/// Where an encoder stands: its family in the order of preference, then its place among its like.
type Place = (usize, usize);

fn place(probe: &Probe, family: Family, codec: &str, preference: &Preference) -> Option<Place> {
    let in_order = preference.order.iter().position(|known| *known == family);
    if family != Family::Software {
        return in_order.map(|family| (family, 0));
    }
    let names = software(codec);
    let among = names
        .iter()
        .position(|known| *known == probe.name)
        .unwrap_or(names.len());
    Some((in_order.unwrap_or(preference.order.len()), among))
}

fn request(name: &str, codec: &str, probes: &[Probe], ranking: &mut Ranking) {
    let Some(probe) = probes.iter().find(|probe| probe.name == name) else {
        ranking.pass_over(name, "this ffmpeg does not have it".into());
        return;
    };
    match probe.codec() {
        _ if !probe.ok => ranking.pass_over(name, FAILED.into()),
        Some(other) if other != codec => ranking.pass_over(name, format!("it makes {other}, not {codec}")),
        _ => ranking.add(
            name,
            probe.family(),
            "asked for, and proven on this machine".into(),
        ),
    }
}

fn reason(family: Family, place: Place) -> String {
    match (family, place.1) {
        (Family::Software, 0) => "software, the best of its codec".into(),
        (Family::Software, _) => "software, second choice of its codec".into(),
        _ => format!("{} hardware, proven on this machine", family.name()),
    }
}

/// The software encoders of `codec`, best first; empty for a codec that is not known.
///
/// ```
/// use stoat_ferret_core::hardware::software;
/// assert_eq!(software("av1")[0], "libsvtav1");
/// ```
#[must_use]
pub fn software(codec: &str) -> &'static [&'static str] {
    SOFTWARE
        .iter()
        .find(|(known, _)| *known == codec)
        .map_or(&[], |(_, names)| names)
}

fn software_codec(encoder: &str) -> Option<&'static str> {
    SOFTWARE
        .iter()
        .find(|(_, names)| names.contains(&encoder))
        .map(|(codec, _)| *codec)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(ranking: &Ranking) -> Vec<&str> {
        ranking
            .encoders
            .iter()
            .map(|encoder| encoder.name.as_str())
            .collect()
    }

    fn all_proven() -> Vec<Probe> {
        let hardware = [
            "h264_vulkan",
            "h264_vaapi",
            "h264_nvenc",
            "hevc_nvenc",
            "h264_qsv",
            "h264_amf",
        ];
        let software = ["libopenh264", "libx264", "libx265", "libaom-av1", "libsvtav1"];
        hardware
            .into_iter()
            .chain(software)
            .map(|name| Probe::new(name, true))
            .collect()
    }

    #[test]
    fn hardware_stands_above_software_in_the_default_order() {
        let ranking = rank("h264", &all_proven(), &Preference::default());
        assert_eq!(
            vec![
                "h264_nvenc",
                "h264_qsv",
                "h264_vaapi",
                "h264_amf",
                "h264_vulkan",
                "libx264",
                "libopenh264"
            ],
            names(&ranking)
        );
    }

    #[test]
    fn the_order_is_a_setting_and_software_the_last_resort() {
        let order = |order: &[Family]| Preference {
            order: order.to_vec(),
            ..Preference::default()
        };
        let software_first = rank("h264", &all_proven(), &order(&[Family::Software, Family::Vaapi]));
        assert_eq!(
            vec!["libx264", "libopenh264", "h264_vaapi"],
            names(&software_first)
        );
        let nothing = rank("h264", &all_proven(), &order(&[]));
        assert_eq!(vec!["libx264", "libopenh264"], names(&nothing));
        assert_eq!("the settings leave out vulkan", nothing.passed_over[0].why);
    }

    #[test]
    fn the_requested_one_is_first_if_proven() {
        let asked = |name: &str| Preference {
            requested: Some(name.into()),
            ..Preference::default()
        };
        let mut probes = all_proven();
        assert_eq!(
            "libx264",
            rank("h264", &probes, &asked("libx264")).best().unwrap().name
        );
        probes[2].ok = false;
        for (name, why) in [
            ("h264_nvenc", "it failed a trial encode on this machine"),
            ("hevc_nvenc", "it makes hevc, not h264"),
            ("h264_magic", "this ffmpeg does not have it"),
        ] {
            let ranking = rank("h264", &probes, &asked(name));
            assert_eq!("h264_qsv", ranking.best().unwrap().name);
            assert_eq!(
                (name, why),
                (
                    ranking.passed_over[0].name.as_str(),
                    ranking.passed_over[0].why.as_str()
                )
            );
        }
    }

    #[test]
    fn software_falls_back_in_its_own_order() {
        let ranking = rank("av1", &all_proven(), &Preference::default());
        assert_eq!(vec!["libsvtav1", "libaom-av1"], names(&ranking));
        assert_eq!(
            Ranking::default(),
            rank("vp9", &all_proven(), &Preference::default())
        );
    }

    #[test]
    fn probes_read_from_the_wire() {
        let wire =
            r#"[{"name": "h264_nvenc", "ok": true, "kind": "nvenc"}, {"name": "libx264", "ok": true}]"#;
        let probes: Vec<Probe> = serde_json::from_str(wire).unwrap();
        assert_eq!(
            vec!["h264_nvenc", "libx264"],
            names(&rank("h264", &probes, &Preference::default()))
        );
    }

    proptest! {
        #[test]
        fn only_proven_encoders_are_ranked_and_each_once(
            oks in prop::collection::vec(any::<bool>(), 11),
            requested in prop::option::of(0usize..11),
        ) {
            let mut probes = all_proven();
            for (probe, ok) in probes.iter_mut().zip(&oks) {
                probe.ok = *ok;
            }
            let requested = requested.map(|index| probes[index].name.clone());
            let ranking = rank("h264", &probes, &Preference { requested, ..Preference::default() });
            let mut ranked = names(&ranking);
            prop_assert!(ranked.iter().all(|name| probes.iter().any(|probe| probe.ok && probe.name == *name)));
            let count = ranked.len();
            ranked.sort_unstable();
            ranked.dedup();
            prop_assert_eq!(count, ranked.len());
            let proven = probes.iter().filter(|probe| probe.ok && probe.codec() == Some("h264")).count();
            prop_assert_eq!(proven, count);
        }
    }
}
