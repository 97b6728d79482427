"""Small mistakes that could have been made in a module, one at a time: what benchmarks/mutants.py tries out.

A mutation exchanges one node of the module's tree: an operator, a constant, a condition, a call for its opposite, a
statement for nothing. Left alone is what no test should pin down: docstrings, annotations, decorators, `__all__`, and
the words of an exception that only a programmer reads.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_ORDER: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_OPPOSITES = [
    ("min", "max"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("nanmin", "nanmax"),
    ("floor", "ceil"),
    ("any", "all"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("sum", "mean"),
    ("cdf", "sf"),
    ("startswith", "endswith"),
    ("lstrip", "rstrip"),
    ("removeprefix", "removesuffix"),
    ("logical_and", "logical_or"),
    ("floor_divide", "true_divide"),
    ("append", "remove"),
    ("issubset", "issuperset"),
]
_CALLS = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOT_RUN = {"annotation", "returns", "decorator_list"}


@dataclass(frozen=True)
class Mutation:
    """One exchange in a tree. `put` makes it; `function` is the outermost one it is in, "" for the module's own lines.

    `lines` are those of the innermost statement around it, without the statements within that.
    """

    line: int
    lines: range
    function: str
    before: str
    after: str
    put: Callable[[], None]


def mutations(tree: ast.Module) -> list[Mutation]:
    """Every mutation of a module's tree, in the order of its lines."""
    return list(_inside(tree, "", range(0)))


def _inside(node: ast.AST, function: str, lines: range, prefix: str = "") -> Iterator[Mutation]:
    """The mutations of what a node holds."""
    for name, value in ast.iter_fields(node):
        if name in _NOT_RUN:
            continue
        children = value if isinstance(value, list) else [value]
        for i, child in enumerate(children):
            if not isinstance(child, ast.AST) or _left_alone(child, node, name, first=i == 0):
                continue
            within, place, inner = function, lines, prefix
            if isinstance(child, ast.stmt):
                place = _own_lines(child)
            if isinstance(child, ast.ClassDef):
                inner = f"{prefix}{child.name}."
            if isinstance(node, _FUNCTION) and name == "body" and not function:
                within = f"{prefix}{node.name}"
            for after in _instead(child, node, name):
                put = _putter(node, name, i if isinstance(value, list) else None, after)
                yield Mutation(_line(child, place), place, within, _shown(child), _shown(after), put)
            yield from _inside(child, within, place, inner)


def _left_alone(child: ast.AST, parent: ast.AST, field: str, *, first: bool) -> bool:
    """Docstrings, what a type checker reads, the names a module exports, and exceptions that are raised."""
    match child:
        case ast.Import() | ast.ImportFrom() | ast.expr_context():
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Raise():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id="TypeVar" | "NewType" | "NamedTuple")):
            return True
        case ast.keyword(arg="strict"):  # of zip: a guard against ourselves
            return True
    return isinstance(parent, ast.Call) and _called(parent) == "cast" and field == "args" and first


def _instead(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare(ops=[only]):
            for op in _ORDER[type(only)]:
                yield ast.Compare(node.left, [op()], node.comparators)
        case ast.Compare():
            for i, old in enumerate(node.ops):
                for op in _ORDER[type(old)]:
                    yield ast.Compare(node.left, [*node.ops[:i], op(), *node.ops[i + 1 :]], node.comparators)
        case ast.BinOp() if not (_is_text(node.left) or _is_text(node.right)):
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.AugAssign():
            yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
            yield ast.Pass()
        case ast.BoolOp():
            yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant():
            yield from map(ast.Constant, _other_values(node.value))
        case ast.Call() if (name := _called(node)) in _CALLS:
            other = _CALLS[name]
            called = ast.Name(other, ast.Load()) if isinstance(node.func, ast.Name) else _attribute(node.func, other)
            yield ast.Call(called, node.args, node.keywords)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
    if (
        field in ("test", "ifs")
        and not isinstance(parent, ast.IfExp)
        and not isinstance(node, ast.Compare | ast.UnaryOp)
    ):
        yield ast.UnaryOp(ast.Not(), node)


def _other_values(value: object) -> list[object]:
    """Neighbours of a constant: numbers one more and one less, figures a tenth more, the other truth, other text."""
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case float():
            return [value * 1.1 if value else 0.1]
        case str():
            return [f"{value}Ω"]
    return []


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called(node: ast.Call) -> str:
    func = node.func
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _attribute(old: ast.expr, name: str) -> ast.Attribute:
    assert isinstance(old, ast.Attribute)  # noqa: S101
    return ast.Attribute(old.value, name, ast.Load())


def _putter(parent: ast.AST, field: str, index: int | None, new: ast.AST) -> Callable[[], None]:
    def put() -> None:
        if index is None:
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index] = new

    return put


def _own_lines(statement: ast.stmt) -> range:
    """The lines of a statement before those of the statements in it."""
    inner = getattr(statement, "body", None)
    last = inner[0].lineno - 1 if isinstance(inner, list) and inner else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _line(node: ast.AST, place: range) -> int:
    return getattr(node, "lineno", place.start)


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= 70 else f"{text[:67]}..."
