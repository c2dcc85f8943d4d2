//! What the operators and functions of the standard library take, and what they give.

use super::kind::Kind;

/// What stands for an argument or a result in a declaration.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Any type; the same wherever it stands in a declaration.
    A,
    /// Another one.
    B,
    Any,
    Bool,
    Bytes,
    Double,
    Duration,
    Int,
    /// A list of the first type.
    List,
    /// A map from the first type to the other.
    Map,
    String,
    Timestamp,
    Type,
    Uint,
}

use Shape::{A, Any, B, Bool, Bytes, Double, Duration, Int, List, Map, String, Timestamp, Type, Uint};

/// Arguments, and the result they lead to.
type Overload = (&'static [Shape], Shape);

const ORDERED: &[Overload] = &[
    (&[Bool, Bool], Bool),
    (&[Bytes, Bytes], Bool),
    (&[Double, Double], Bool),
    (&[Duration, Duration], Bool),
    (&[Int, Int], Bool),
    (&[String, String], Bool),
    (&[Timestamp, Timestamp], Bool),
    (&[Uint, Uint], Bool),
];
const LOGICAL: &[Overload] = &[(&[Bool, Bool], Bool)];
const EQUAL: &[Overload] = &[(&[A, A], Bool)];
const PRODUCT: &[Overload] = &[(&[Double, Double], Double), (&[Int, Int], Int), (&[Uint, Uint], Uint)];
const SIZE: &[Overload] = &[(&[Bytes], Int), (&[List], Int), (&[Map], Int), (&[String], Int)];
const TWO_TEXTS: &[Overload] = &[(&[String, String], Bool)];
const PART_OF_DATE: &[Overload] = &[(&[Timestamp], Int), (&[Timestamp, String], Int)];
const PART_OF_TIME: &[Overload] = &[(&[Timestamp], Int), (&[Timestamp, String], Int), (&[Duration], Int)];

/// The overloads of a function or operator, by whether it is called on its first argument. `None` if there is no such function.
fn overloads(function: &str, is_member: bool) -> Option<&'static [Overload]> {
    let found: &[Overload] = match (function, is_member) {
        ("_<_" | "_<=_" | "_>_" | "_>=_", false) => ORDERED,
        ("_==_" | "_!=_", false) => EQUAL,
        ("_&&_" | "_||_", false) => LOGICAL,
        ("!_" | "@not_strictly_false", false) => &[(&[Bool], Bool)],
        ("-_", false) => &[(&[Double], Double), (&[Int], Int)],
        ("_?_:_", false) => &[(&[Bool, A, A], A)],
        ("_+_", false) => &[
            (&[Bytes, Bytes], Bytes),
            (&[Double, Double], Double),
            (&[Duration, Duration], Duration),
            (&[Duration, Timestamp], Timestamp),
            (&[Int, Int], Int),
            (&[List, List], List),
            (&[String, String], String),
            (&[Timestamp, Duration], Timestamp),
            (&[Uint, Uint], Uint),
        ],
        ("_-_", false) => &[
            (&[Double, Double], Double),
            (&[Duration, Duration], Duration),
            (&[Int, Int], Int),
            (&[Timestamp, Duration], Timestamp),
            (&[Timestamp, Timestamp], Duration),
            (&[Uint, Uint], Uint),
        ],
        ("_*_" | "_/_", false) => PRODUCT,
        ("_%_", false) => &[(&[Int, Int], Int), (&[Uint, Uint], Uint)],
        ("_[_]", false) => &[(&[List, Int], A), (&[Map, A], B)],
        ("@in", false) => &[(&[A, List], Bool), (&[A, Map], Bool)],
        ("size", _) => SIZE,
        ("matches", _) | ("contains" | "endsWith" | "startsWith", true) => TWO_TEXTS,
        ("bool", false) => &[(&[Bool], Bool), (&[String], Bool)],
        ("bytes", false) => &[(&[Bytes], Bytes), (&[String], Bytes)],
        ("double", false) => &[(&[Double], Double), (&[Int], Double), (&[String], Double), (&[Uint], Double)],
        ("duration", false) => &[(&[Duration], Duration), (&[String], Duration)],
        ("dyn", false) => &[(&[A], Any)],
        ("int", false) => &[
            (&[Double], Int),
            (&[Duration], Int),
            (&[Int], Int),
            (&[String], Int),
            (&[Timestamp], Int),
            (&[Uint], Int),
        ],
        ("string", false) => &[
            (&[Bool], String),
            (&[Bytes], String),
            (&[Double], String),
            (&[Duration], String),
            (&[Int], String),
            (&[String], String),
            (&[Timestamp], String),
            (&[Uint], String),
        ],
        ("timestamp", false) => &[(&[Int], Timestamp), (&[String], Timestamp), (&[Timestamp], Timestamp)],
        ("type", false) => &[(&[A], Type)],
        ("uint", false) => &[(&[Double], Uint), (&[Int], Uint), (&[String], Uint), (&[Uint], Uint)],
        (
            "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear" | "getFullYear" | "getMonth",
            true,
        ) => PART_OF_DATE,
        ("getHours" | "getMilliseconds" | "getMinutes" | "getSeconds", true) => PART_OF_TIME,
        _ => return None,
    };
    Some(found)
}

/// What a call gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// A value of this type; any, if it depends on what is only known later.
    Gives(Kind),
    /// There is such a function, but not for these arguments.
    Mismatch,
    /// There is no such function.
    Unknown,
}

/// What a function gives for arguments of these types, the one it is called on included.
pub(super) fn call(function: &str, is_member: bool, arguments: &[Kind]) -> Call {
    let Some(overloads) = overloads(function, is_member) else { return Call::Unknown };
    let mut results = overloads.iter().filter_map(|overload| apply(overload, arguments));
    let Some(first) = results.next() else { return Call::Mismatch };
    let all_alike = results.all(|result| result == first);
    Call::Gives(if all_alike { first } else { Kind::Any })
}

fn apply((shapes, result): &Overload, arguments: &[Kind]) -> Option<Kind> {
    let mut bound = Bound { first: Kind::Free, second: Kind::Free };
    let matches = shapes.len() == arguments.len()
        && shapes.iter().zip(arguments).all(|(shape, argument)| bound.unify(*shape, argument));
    matches.then(|| bound.kind(*result))
}

/// What the two free types of a declaration stand for in a call.
struct Bound {
    first: Kind,
    second: Kind,
}

impl Bound {
    fn unify(&mut self, shape: Shape, argument: &Kind) -> bool {
        if !self.kind(shape).fits(argument) {
            return false;
        }
        match (shape, argument) {
            (A, _) | (List, Kind::Any) => bind(&mut self.first, argument),
            (B, _) => bind(&mut self.second, argument),
            (List, Kind::List(of)) => bind(&mut self.first, of),
            (Map, Kind::Map(of, to)) => {
                bind(&mut self.first, of);
                bind(&mut self.second, to);
            }
            (Map, Kind::Any) => {
                bind(&mut self.first, argument);
                bind(&mut self.second, argument);
            }
            _ => {}
        }
        true
    }

    fn kind(&self, shape: Shape) -> Kind {
        match shape {
            A => self.first.clone(),
            Any => Kind::Any,
            B => self.second.clone(),
            Bool => Kind::Bool,
            Bytes => Kind::Bytes,
            Double => Kind::Double,
            Duration => Kind::Duration,
            Int => Kind::Int,
            List => Kind::list(self.first.clone()),
            Map => Kind::map(self.first.clone(), self.second.clone()),
            String => Kind::String,
            Timestamp => Kind::Timestamp,
            Type => Kind::Type,
            Uint => Kind::Uint,
        }
    }
}

fn bind(bound: &mut Kind, kind: &Kind) {
    *bound = std::mem::replace(bound, Kind::Free).or(kind.clone());
}
