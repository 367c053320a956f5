//! From a condition's parts to its tree: placeholders are put in, and each clause is checked.
//!
//! Must hold: within a clause undefined placeholders are reported first, then numbers of
//! arguments, then operands that are the same, then types; a clause is done before the next.
//! Calls nest no deeper than an expression may have operators, and so does what recurses here.
//! Not here: faults that show in the text alone (`check.rs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::error::{Error, Fault};
use super::super::path::Path;
use super::super::placeholders::Placeholders;
use super::super::work::Work;
use super::check::check_choice_count;
use super::function::Function;
use super::sorted::Sorted;
use super::written::{CallId, Clause, OperandId, Part, Written, WrittenOperand};
use super::{Comparator, Condition, Operand, ValueType};
use crate::model::AttributeValue;

impl Written<'_> {
    /// The tree.
    pub(super) fn resolve(&self, placeholders: &mut Placeholders) -> Result<Condition, Error> {
        let mut done = Vec::new();
        for part in &self.parts {
            let condition = match part {
                Part::Clause(clause) => self.resolve_clause(clause, placeholders)?,
                Part::Not => Condition::Not(Box::new(done.pop().expect(BELOW))),
                Part::And(count) => Condition::And(done.split_off(done.len() - count)),
                Part::Or(count) => Condition::Or(done.split_off(done.len() - count)),
            };
            done.push(condition);
        }
        Ok(done.pop().expect(BELOW))
    }

    /// One clause of the tree.
    pub(in crate::expr) fn resolve_clause(
        &self,
        clause: &Clause,
        placeholders: &mut Placeholders,
    ) -> Result<Condition, Error> {
        let condition = match clause {
            Clause::Compare(left, comparator, right) => {
                let [left, right] = self.resolve_each([*left, *right], placeholders)?;
                compare(left, *comparator, right)
            }
            Clause::Between(tested, lower, upper) => {
                let [tested, lower, upper] =
                    self.resolve_each([*tested, *lower, *upper], placeholders)?;
                between(tested, lower, upper)
            }
            Clause::In(tested, choices) => {
                let tested = self.resolve_operand(*tested, placeholders)?;
                is_in(tested, self.resolve_all(choices, placeholders)?)
            }
            Clause::Call(call) => {
                let (function, arguments) = self.resolve_call(*call, placeholders)?;
                call_alone(function, arguments)
            }
        };
        condition.map_err(|fault| self.error(fault))
    }

    fn resolve_operand(
        &self,
        operand: OperandId,
        placeholders: &mut Placeholders,
    ) -> Result<Resolved, Error> {
        Ok(match self.operand(operand) {
            WrittenOperand::Path(path) => {
                Resolved::Path(path.resolve(self.language, placeholders)?)
            }
            WrittenOperand::Value(value) => {
                Resolved::Value(value.resolve(self.language, placeholders)?)
            }
            WrittenOperand::Call(call) => {
                let (function, arguments) = self.resolve_call(*call, placeholders)?;
                Resolved::Call(function, arguments)
            }
        })
    }

    fn resolve_call(
        &self,
        call: CallId,
        placeholders: &mut Placeholders,
    ) -> Result<(Function, Vec<Resolved>), Error> {
        let call = self.call(call);
        let function = call.function().map_err(|fault| self.error(fault))?;
        Ok((function, self.resolve_all(&call.arguments, placeholders)?))
    }

    fn resolve_all(
        &self,
        operands: &[OperandId],
        placeholders: &mut Placeholders,
    ) -> Result<Vec<Resolved>, Error> {
        operands.iter().map(|operand| self.resolve_operand(*operand, placeholders)).collect()
    }

    fn resolve_each<const N: usize>(
        &self,
        operands: [OperandId; N],
        placeholders: &mut Placeholders,
    ) -> Result<[Resolved; N], Error> {
        let resolved = self.resolve_all(&operands, placeholders)?;
        Ok(resolved.try_into().expect("as many as there were"))
    }
}

/// An operand with its placeholders put in, unchecked.
#[derive(Debug)]
pub enum Resolved {
    /// The value at a path.
    Path(Path),
    /// A value of the request.
    Value(AttributeValue),
    /// A function of others.
    Call(Function, Vec<Resolved>),
}

impl Condition {
    /// Two operands compare so, if they can be compared.
    pub fn compare(left: Resolved, comparator: Comparator, right: Resolved) -> Result<Self, Fault> {
        compare(left, comparator, right)
    }

    /// The first lies between the others, if it can.
    pub fn between(tested: Resolved, lower: Resolved, upper: Resolved) -> Result<Self, Fault> {
        between(tested, lower, upper)
    }

    /// The first equals one of the others, of which there are not too many.
    pub fn is_in(tested: Resolved, choices: Vec<Resolved>) -> Result<Self, Fault> {
        check_choice_count(choices.len())?;
        is_in(tested, choices)
    }

    /// A function as a condition, if it is one, of arguments that it takes.
    pub fn call(function: Function, arguments: Vec<Resolved>) -> Result<Self, Fault> {
        call_alone(function, arguments)
    }
}

impl Resolved {
    fn check_arity(&self) -> Result<(), Fault> {
        match self {
            Self::Path(_) | Self::Value(_) => Ok(()),
            Self::Call(function, arguments) => check_arity(*function, arguments),
        }
    }

    /// The operand of a clause. The only call that is one is `size`, of anything that may have one.
    fn into_operand(self) -> Result<Operand, Fault> {
        let (function, arguments) = match self {
            Self::Path(path) => return Ok(Operand::Path(path)),
            Self::Value(value) => return Ok(Operand::Value(value)),
            Self::Call(function, arguments) => (function, arguments),
        };
        let [argument] = exactly(function, arguments)?;
        let argument = argument.into_operand()?;
        match &argument {
            Operand::Value(
                value @ (AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null),
            ) => Err(Fault::OperandType(function.name(), value.type_name())),
            Operand::Size(_) => Err(Fault::OperandType(function.name(), ValueType::N.name())),
            Operand::Path(_) | Operand::Value(_) => Ok(Operand::Size(Box::new(argument))),
        }
    }
}

fn compare(left: Resolved, comparator: Comparator, right: Resolved) -> Result<Condition, Fault> {
    let operator = comparator.symbol();
    left.check_arity()?;
    right.check_arity()?;
    check_distinct(operator, &left, &right)?;
    let (left, right) = (left.into_operand()?, right.into_operand()?);
    match comparator {
        Comparator::Equal | Comparator::NotEqual => {}
        Comparator::Less
        | Comparator::LessOrEqual
        | Comparator::Greater
        | Comparator::GreaterOrEqual => check_ordered(operator, [&left, &right])?,
    }
    Ok(Condition::Compare(left, comparator, right))
}

fn between(tested: Resolved, lower: Resolved, upper: Resolved) -> Result<Condition, Fault> {
    for operand in [&tested, &lower, &upper] {
        operand.check_arity()?;
    }
    let (tested, lower, upper) =
        (tested.into_operand()?, lower.into_operand()?, upper.into_operand()?);
    check_ordered("BETWEEN", [&tested, &lower, &upper])?;
    if let (Operand::Value(lower), Operand::Value(upper)) = (&lower, &upper) {
        match Sorted::of(lower).seen().order(&Sorted::of(upper).seen(), &mut Work::default()) {
            None => return Err(Fault::BoundTypes(printed(lower), printed(upper))),
            Some(order) if order.is_gt() => {
                return Err(Fault::BoundOrder(printed(lower), printed(upper)));
            }
            Some(_) => {}
        }
    }
    Ok(Condition::Between(tested, lower, upper))
}

fn is_in(tested: Resolved, choices: Vec<Resolved>) -> Result<Condition, Fault> {
    tested.check_arity()?;
    choices.iter().try_for_each(Resolved::check_arity)?;
    let tested = tested.into_operand()?;
    let choices = choices.into_iter().map(Resolved::into_operand).collect::<Result<_, _>>()?;
    Ok(Condition::In(tested, choices))
}

fn call_alone(function: Function, arguments: Vec<Resolved>) -> Result<Condition, Fault> {
    check_arity(function, &arguments)?;
    if let [first, second] = &arguments[..] {
        check_distinct(function.name(), first, second)?;
    }
    match function {
        Function::Exists => path_of(function, arguments).map(Condition::Exists),
        Function::NotExists => path_of(function, arguments).map(Condition::NotExists),
        Function::HasType => has_type(function, arguments),
        Function::BeginsWith => {
            let [tested, prefix] = operands(function, arguments)?;
            check_prefixes(function, [&tested, &prefix])?;
            Ok(Condition::BeginsWith(tested, prefix))
        }
        Function::Contains => {
            let [tested, part] = operands(function, arguments)?;
            Ok(Condition::Contains(tested, part))
        }
        Function::Size => Err(Fault::MisusedFunction(function.name().to_owned())),
    }
}

fn path_of(function: Function, arguments: Vec<Resolved>) -> Result<Path, Fault> {
    let [argument] = exactly(function, arguments)?;
    match argument {
        Resolved::Path(path) => Ok(path),
        Resolved::Value(_) | Resolved::Call(..) => Err(Fault::PathRequired(function.name())),
    }
}

fn has_type(function: Function, arguments: Vec<Resolved>) -> Result<Condition, Fault> {
    let [tested, wanted] = exactly(function, arguments)?;
    let tested = path_of(function, vec![tested])?;
    let refused = match wanted.into_operand()? {
        Operand::Value(AttributeValue::S(name)) => {
            let wanted = ValueType::named(&name).ok_or(Fault::UnknownType(name))?;
            return Ok(Condition::HasType(tested, wanted));
        }
        Operand::Value(value) => value.type_name(),
        Operand::Path(_) => "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
        Operand::Size(_) => ValueType::N.name(),
    };
    Err(Fault::OperandType(function.name(), refused))
}

fn operands(function: Function, arguments: Vec<Resolved>) -> Result<[Operand; 2], Fault> {
    let [first, second] = exactly(function, arguments)?;
    Ok([first.into_operand()?, second.into_operand()?])
}

fn exactly<const N: usize>(
    function: Function,
    arguments: Vec<Resolved>,
) -> Result<[Resolved; N], Fault> {
    let given = arguments.len();
    arguments.try_into().map_err(|_| Fault::Arity(function.name(), given))
}

fn check_arity(function: Function, arguments: &[Resolved]) -> Result<(), Fault> {
    if arguments.len() != function.arity() {
        return Err(Fault::Arity(function.name(), arguments.len()));
    }
    arguments.iter().try_for_each(Resolved::check_arity)
}

fn check_distinct(
    operator: &'static str,
    first: &Resolved,
    second: &Resolved,
) -> Result<(), Fault> {
    match (first, second) {
        (Resolved::Path(path), Resolved::Path(other)) if path == other => {
            Err(Fault::NotDistinct(operator, path.clone()))
        }
        (Resolved::Path(_) | Resolved::Value(_) | Resolved::Call(..), _) => Ok(()),
    }
}

/// Only texts, numbers and bytes have an order. The types of paths show later.
fn check_ordered<const N: usize>(
    operator: &'static str,
    operands: [&Operand; N],
) -> Result<(), Fault> {
    check_values(operator, operands, |value| {
        matches!(value, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_))
    })
}

fn check_prefixes(function: Function, operands: [&Operand; 2]) -> Result<(), Fault> {
    check_values(function.name(), operands, |value| {
        matches!(value, AttributeValue::S(_) | AttributeValue::B(_))
    })
}

fn check_values<const N: usize>(
    operator: &'static str,
    operands: [&Operand; N],
    fits: impl Fn(&AttributeValue) -> bool,
) -> Result<(), Fault> {
    for operand in operands {
        match operand {
            Operand::Value(value) if !fits(value) => {
                return Err(Fault::OperandType(operator, value.type_name()));
            }
            Operand::Value(_) | Operand::Path(_) | Operand::Size(_) => {}
        }
    }
    Ok(())
}

/// As messages print a bound: `{S:a}`, `{N:5}`.
fn printed(bound: &AttributeValue) -> String {
    let text = match bound {
        AttributeValue::S(text) => text.clone(),
        AttributeValue::N(number) => number.to_string(),
        AttributeValue::B(bytes) => STANDARD.encode(bytes),
        // Refused before.
        AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::L(_)
        | AttributeValue::M(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => String::new(),
    };
    format!("{{{}:{text}}}", bound.type_name())
}

const BELOW: &str = "an operator comes behind what it joins";
