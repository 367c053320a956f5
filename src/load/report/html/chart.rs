//! One plot as inline SVG, with its legend.
//!
//! Colours, fonts and dashes come from `page.css`, so that one drawing serves light and dark.
//!
//! Must hold: every plot has a title, a description for who cannot see it, and units at both axes.
//! Not here: what is plotted (`plots.rs`).

use std::fmt::Write as _;

use super::escape::Text;
use super::scale::Scale;

/// What is drawn.
pub(super) struct Chart {
    /// Unlike every other id of the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What is to be seen, in a sentence.
    pub(super) description: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    /// The end of the warm-up along x, if there was one.
    pub(super) warm_up: Option<f64>,
    /// What is said of a stretch along x when it is pointed at.
    pub(super) hints: Vec<Hint>,
}

/// A scale, what is written at its ticks, and what it measures.
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) label: &'static str,
    pub(super) tick: fn(f64) -> String,
}

/// One line.
pub(super) struct Series {
    pub(super) name: String,
    /// Which of the page's colours.
    pub(super) colour: Colour,
    pub(super) stroke: Stroke,
    /// Along x; where there is none, the line is broken.
    pub(super) points: Vec<Option<(f64, f64)>>,
}

/// The colours of `page.css`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Colour {
    /// One of the eight for what stands side by side; further ones begin again.
    Of(usize),
    /// For what something is compared with.
    Quiet,
    /// For what should not be.
    Bad,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stroke {
    Solid,
    Dashed,
    Dotted,
}

/// What is said of a stretch along x.
pub(super) struct Hint {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) text: String,
}

impl Chart {
    /// The plot as a figure.
    pub(super) fn figure(&self) -> String {
        let Self { id, title, .. } = self;
        let mut out = format!("<figure>\n<figcaption>{}</figcaption>\n", Text(title));
        self.legend(&mut out);
        let _ = writeln!(
            out,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-text\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-text\">{}</desc>",
            Text(title),
            Text(&self.description)
        );
        self.shade(&mut out);
        self.axes(&mut out);
        for series in &self.series {
            let path = self.path(&series.points);
            let _ = writeln!(out, "<path class=\"{}\" d=\"{path}\"/>", series.class());
        }
        self.hints(&mut out);
        out.push_str("</svg>\n</figure>\n");
        out
    }

    fn legend(&self, out: &mut String) {
        out.push_str("<ul class=\"legend\">");
        for series in &self.series {
            let _ = write!(
                out,
                "<li><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"{}\" \
                 d=\"M1 4H23\"/></svg>{}</li>",
                series.class(),
                Text(&series.name)
            );
        }
        out.push_str("</ul>\n");
    }

    /// The warm-up is there to be seen, not to be counted.
    fn shade(&self, out: &mut String) {
        let Some(end) = self.warm_up else { return };
        let width = self.x(end) - LEFT;
        let _ = writeln!(
            out,
            "<rect class=\"warm-up\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{width:.1}\" \
             height=\"{INNER_HEIGHT}\"/>"
        );
        if width >= WARM_UP_TEXT {
            let (x, y) = (LEFT + width / 2.0, TOP + 14.0);
            let _ = writeln!(out, "<text class=\"middle\" x=\"{x:.1}\" y=\"{y}\">warm-up</text>");
        }
    }

    fn axes(&self, out: &mut String) {
        for value in self.y.scale.ticks() {
            let y = self.y(value);
            let tick = (self.y.tick)(value);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
                 <text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                Text(&tick)
            );
        }
        for value in self.x.scale.ticks() {
            let x = self.x(value);
            let tick = (self.x.tick)(value);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\
                 <text class=\"middle\" x=\"{x:.1}\" y=\"{}\">{}</text>",
                BOTTOM + 17.0,
                Text(&tick)
            );
        }
        let (middle, below) = (f64::midpoint(LEFT, RIGHT), HEIGHT - 6.0);
        let beside = f64::midpoint(TOP, BOTTOM);
        let _ = writeln!(
            out,
            "<path class=\"axis\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>\n\
             <text class=\"middle\" x=\"{middle}\" y=\"{below}\">{}</text>\n\
             <text class=\"middle\" transform=\"translate(13 {beside}) rotate(-90)\">{}</text>",
            Text(self.x.label),
            Text(self.y.label)
        );
    }

    fn path(&self, points: &[Option<(f64, f64)>]) -> String {
        let mut path = String::new();
        let mut is_broken = true;
        for point in points {
            let Some((x, y)) = *point else {
                is_broken = true;
                continue;
            };
            let (x, y) = (self.x(x), self.y(y));
            // A line of no length is a dot: what stands alone is seen, too.
            let _ = if is_broken {
                write!(path, "M{x:.1} {y:.1}h0")
            } else {
                write!(path, "L{x:.1} {y:.1}")
            };
            is_broken = false;
        }
        path
    }

    fn hints(&self, out: &mut String) {
        for Hint { from, to, text } in &self.hints {
            let (from, to) = (self.x(*from), self.x(*to));
            let _ = writeln!(
                out,
                "<rect class=\"hint\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" \
                 height=\"{INNER_HEIGHT}\"><title>{}</title></rect>",
                to - from,
                Text(text)
            );
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.scale.at(value) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.y.scale.at(value) * INNER_HEIGHT
    }
}

impl Series {
    fn class(&self) -> String {
        let stroke = match self.stroke {
            Stroke::Solid => "",
            Stroke::Dashed => " dashed",
            Stroke::Dotted => " dotted",
        };
        match self.colour {
            Colour::Of(number) => format!("line c{}{stroke}", number % COLOURS),
            Colour::Quiet => format!("line quiet{stroke}"),
            Colour::Bad => format!("line bad{stroke}"),
        }
    }
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 270.0;
const INNER_HEIGHT: f64 = BOTTOM - TOP;
/// Below this width the word does not fit.
const WARM_UP_TEXT: f64 = 56.0;
const COLOURS: usize = 8;
