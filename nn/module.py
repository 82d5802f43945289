"""Modules: objects with a `forward`, whose parameters are those that their attributes hold."""

from __future__ import annotations

import copy
import functools
import math
import numbers
import reprlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_lite as ag

from .absent import NotOffered, refuse_device
from .hooks import Hooked
from .summary import Summary, summary

__all__ = ["Module", "Parameter", "functional_call"]


Found = TypeVar("Found")
Computation = TypeVar("Computation", bound=Callable[..., Any])
DEVICES = ("cpu", "cuda", "gpu", "meta", "mps", "tpu", "xpu")


class Parameter(ag.Tensor):
    """A Tensor that a module is to learn: it requires grad unless told otherwise.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike | ag.Tensor, requires_grad: bool = True, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, requires_grad, dtype)


class IncompatibleKeys(NamedTuple):
    """The names that `load_state_dict` left out with `strict=False`: those not given, and those given but not there."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module(Hooked):
    """The base of layers and networks: plain attributes and one method, `forward`.

    Parameters and modules are found by walking the attributes, also inside lists, tuples and dicts, in the order
    in which they were set. Their names are the path to them, as in PyTorch: `layers.0.weight`.

    Examples
    --------
    >>> import nn
    >>> class Double(nn.Module):
    ...     def __init__(self):
    ...         self.layers = [nn.Linear(1, 3), nn.Linear(3, 1)]
    ...     def forward(self, x):
    ...         for layer in self.layers:
    ...             x = layer(x)
    ...         return x
    >>> [name for name, _ in Double().named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    training: bool = True
    _buffers: Mapping[str, bool] = MappingProxyType({})  # the names of the buffers, and whether a state has them

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output of the module; subclasses write it.

        >>> import nn
        >>> float(nn.ReLU().forward(-1.0))
        0.0
        """
        raise TypeError(f"{type(self).__name__} has no forward: write 'def forward(self, x): ...' in its class.")

    takes_tuples: bool = True  # False: a tuple as the first input is refused, which is what another layer returned

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and args[0].__class__ is tuple and not self.takes_tuples:
            refuse_results(type(self).__name__, args[0])
        if self._hooks:
            return self._call_with_hooks(args, kwargs)
        if len(args) == 1 and not kwargs:  # as mostly, and sooner
            return self.forward(args[0])
        return self.forward(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(vars(self).get(name), Parameter) and not isinstance(value, (Parameter, Module, type(None))):
            kind = type(self).__name__  # it would silently no longer be learnt
            raise TypeError(f"{kind}: {name} is a Parameter; write nn.Parameter(...), or {name}.data = ... for new values.")
        super().__setattr__(name, value)

    # -- attributes with a name in the state ----------------------------------------------------------------

    def register_buffer(self, name: str, tensor: ArrayLike | ag.Tensor | None, persistent: bool = True) -> None:
        """Set an attribute to a copy of an array that belongs to the state but is not learnt, such as a running mean.

        Parameters
        ----------
        name
            Of the attribute; assigning to it later keeps it a buffer.
        tensor
            Real numbers, or None for a buffer that is switched off.
        persistent
            True: `state_dict` has it.

        Raises
        ------
        ValueError
            The name is taken, or is no name of an attribute.
        TypeError
            `tensor` is no array of real numbers.

        Examples
        --------
        >>> import nn
        >>> module = nn.Module()
        >>> module.register_buffer("mean", [0.0, 1.0])
        >>> module.state_dict()
        {'mean': array([0., 1.])}
        """
        self._refuse_name("register_buffer", name, name in self._buffers)
        array = None if tensor is None else np.array(array_of(tensor))
        if array is not None and array.dtype.kind not in "biuf":
            raise TypeError(f"register_buffer: {name} has dtype {array.dtype}; real numbers are needed.")
        vars(self)[name] = array
        self._buffers = {**self._buffers, name: persistent}

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set an attribute to a parameter, or to None: `self.name = param`, with a name that may be computed.

        >>> import nn
        >>> module = nn.Module()
        >>> module.register_parameter("w1", nn.Parameter(0.0))
        >>> [name for name, _ in module.named_parameters()]
        ['w1']
        """
        self._refuse_name("register_parameter", name, isinstance(vars(self).get(name, self), (Parameter, type(None))))
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"register_parameter: {name} is a {type(param).__name__}, not a Parameter. Write nn.Parameter(...).")
        vars(self)[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Set an attribute to a module, or to None: `self.name = module`, with a name that may be computed.

        >>> import nn
        >>> module = nn.Module()
        >>> module.add_module("layer1", nn.Tanh())
        >>> module
        Module(
          (layer1): Tanh()
        )
        """
        self._refuse_name("add_module", name, isinstance(vars(self).get(name, 0), (Module, type(None))))
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"add_module: {name} is a {type(module).__name__}, not a Module. Write nn.Tanh(), with brackets.")
        vars(self)[name] = module

    def _refuse_name(self, what: str, name: str, replaces: bool = False) -> None:
        """Raise unless an attribute can have this name, and either is new or may be replaced."""
        if not isinstance(name, str) or not name or "." in name:
            raise ValueError(f"{what}: the name is {name!r}; it must be a text without dots.")
        if hasattr(self, name) and not replaces:
            raise ValueError(f"{what}: {type(self).__name__} has an attribute {name!r} already.")

    # -- walking --------------------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, each once, with their names.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> [name for name, _ in model.named_children()]
        ['0', '1', '2']
        """
        return without_repeats(self._named_children())

    def _named_children(self) -> Iterator[tuple[str, Module]]:
        """As `named_children`, one that is used several times under each of its names."""
        return ((name, value) for name, value in named_members(vars(self)) if isinstance(value, Module))

    def children(self) -> Iterator[Module]:
        """The modules directly inside.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> len(list(model.children()))
        3
        """
        return (module for _, module in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, each once, with their paths, which begin with `prefix`.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> [path for path, _ in model.named_modules()]
        ['', '0', '1', '2']
        """
        return without_repeats(self._named_modules(prefix))

    def _named_modules(self, path: str = "", around: tuple[Module, ...] = ()) -> Iterator[tuple[str, Module]]:
        """As `named_modules`, one that is used several times under each of its paths; a cycle is entered once."""
        yield path, self
        around = (*around, self)
        for name, child in self._named_children():
            if not any(child is module for module in around):
                yield from child._named_modules(f"{path}.{name}" if path else name, around)

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, each once.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> [type(module).__name__ for module in model.modules()]
        ['Sequential', 'Linear', 'Tanh', 'Linear']
        """
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their paths, which begin with `prefix`; without those of modules inside (`recurse=False`), or with
        shared ones under each of their paths (`remove_duplicate=False`) and not only the first.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> [(path, p.shape) for path, p in model.named_parameters()]
        [('0.weight', (3, 2)), ('0.bias', (3,)), ('2.weight', (1, 3)), ('2.bias', (1,))]
        """
        named = self._named_parameters(prefix, recurse)
        return without_repeats(named) if remove_duplicate else named

    def _named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """As `named_parameters`, one that is shared under each of its paths in the modules that hold it."""
        return ((path, value) for path, value, _, _ in self._named_state(prefix, recurse) if isinstance(value, Parameter))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once; without those of modules inside with `recurse=False`.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> sum(p.size for p in model.parameters())
        13
        """
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, NDArray[Any]]]:
        """All buffers that are not None with their paths; the options are those of `named_parameters`.

        >>> import nn
        >>> [path for path, _ in nn.BatchNorm1d(3).named_buffers()]
        ['running_mean', 'running_var', 'num_batches_tracked']
        """
        state = self._named_state(prefix, recurse)
        named = ((path, value) for path, value, _, _ in state if not isinstance(value, Parameter))
        return without_repeats(named) if remove_duplicate else named

    def buffers(self, recurse: bool = True) -> Iterator[NDArray[Any]]:
        """All buffers, each once; without those of modules inside with `recurse=False`.

        >>> import nn
        >>> [buffer.shape for buffer in nn.BatchNorm1d(3).buffers()]
        [(3,), (3,), ()]
        """
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a path `target`, such as `layers.0`; "" is this one.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> model.get_submodule("1")
        Tanh()
        """
        return member_at("get_submodule", target, dict(self._named_modules()))

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path `target`, such as `layers.0.weight`.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> model.get_parameter("0.weight").shape
        (3, 2)
        """
        return member_at("get_parameter", target, dict(self._named_parameters()))

    def get_buffer(self, target: str) -> NDArray[Any]:
        """The buffer at a path `target`, such as `norm.running_mean`.

        >>> import nn
        >>> nn.BatchNorm1d(3).get_buffer("running_mean")
        array([0., 0., 0.])
        """
        return member_at("get_buffer", target, dict(self.named_buffers(remove_duplicate=False)))

    # -- state ----------------------------------------------------------------------------------------------

    def _named_state(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any, Module, str]]:
        """Every parameter and buffer under each of its paths, in a state's order: path, value, module and name in the module."""
        for path, module in self._named_modules(prefix) if recurse else [(prefix, self)]:
            before = f"{path}." if path else ""
            for name, value in named_members(vars(module)):
                if isinstance(value, Parameter):
                    yield before + name, value, module, name
            for name in module._buffers:
                value = vars(module).get(name)
                if value is not None and not isinstance(value, Parameter):
                    yield before + name, value, module, name

    def _persistent_state(self) -> list[tuple[str, Any, Module, str]]:
        """As `_named_state`, without the buffers that a state leaves out."""
        return [entry for entry in self._named_state() if entry[2]._buffers.get(entry[3], True)]

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """A copy of the array of every parameter and persistent buffer, by its path.

        >>> import nn
        >>> list(nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        return {path: np.array(array_of(value)) for path, value, _, _ in self._persistent_state()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy arrays into the parameters and buffers of the same path.

        Parameters
        ----------
        state_dict
            The result of `state_dict()`, here or in PyTorch.
        strict
            True: missing and unexpected names are an error. Shapes that differ always are.

        Returns
        -------
        IncompatibleKeys
            Two lists of names, both empty if `strict`: `missing_keys` and `unexpected_keys`.

        Raises
        ------
        TypeError
            It is no dict, such as the name of a file.
        ValueError
            Something does not fit. All that does not is listed, and nothing has been loaded.

        Examples
        --------
        >>> import nn
        >>> teacher, student = nn.Linear(2, 1), nn.Linear(2, 1)
        >>> student.load_state_dict(teacher.state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: a {type(state_dict).__name__} was given, not a dict of arrays. Of a file write nn.load(path)."
            )
        state = self._persistent_state()
        own = {path: array_of(value) for path, value, _, _ in state}
        given = {path: array_of(value) for path, value in state_dict.items()}
        left = IncompatibleKeys([name for name in own if name not in given], [name for name in given if name not in own])
        problems = []
        if strict:
            problems += [f"missing: {name} {list(own[name].shape)}" for name in left.missing_keys]
            problems += [f"unexpected: {name} {list(given[name].shape)}" for name in left.unexpected_keys]
        for name in own:
            if name in given and given[name].shape != own[name].shape:
                problems.append(f"shape of {name}: {list(given[name].shape)} given, {list(own[name].shape)} needed")
            elif name in given and given[name].dtype.kind not in "biuf":
                problems.append(f"dtype of {name}: {given[name].dtype} given, real numbers needed")
        if problems:
            head = f"load_state_dict: the state does not fit this {type(self).__name__}; nothing was loaded."
            raise ValueError("\n  ".join([head, *problems]))
        for path, value, module, name in state:
            if path in given and isinstance(value, Parameter):
                value.data = given[path].astype(value.dtype)
            elif path in given and isinstance(value, np.ndarray) and value.flags.writeable:
                ag.as_tensor(value).data = given[path].astype(value.dtype)  # whoever has the buffer has the new values
            elif path in given:
                vars(module)[name] = given[path].astype(own[path].dtype)
        return left

    def to(self, *given: Any, device: Any = None, dtype: Any = None, non_blocking: bool = False) -> Self:
        """Convert all floating-point parameters and buffers to a floating-point dtype, in place; gradients are forgotten.

        Parameters
        ----------
        given, dtype
            The dtype, or an array that has it. PyTorch's dtypes mean NumPy's of that name.
        device
            "cpu", also among those given by position: the only device, which changes nothing. None is the same.
        non_blocking
            Changes nothing.

        Raises
        ------
        TypeError
            The dtype is not a floating-point one, or nothing is given.
        ValueError
            Another device is given.

        Examples
        --------
        >>> import nn
        >>> nn.Linear(2, 3).to("float32").weight.dtype
        dtype('float32')
        """
        if not given and device is None and dtype is None:
            raise TypeError("to: nothing was given; write a dtype, such as np.float32.")
        given, device, dtype = (*given, device, dtype), None, None
        for value in given:
            named = str(value).removeprefix("torch.") if type(value).__module__ == "torch" else value
            if isinstance(named, str) and named.partition(":")[0] in DEVICES:
                device = named
            elif value is not None:
                dtype = value.dtype if isinstance(value, (np.ndarray, ag.Tensor)) else named
        refuse_device("to", device)
        if dtype is None:
            return self
        new = np.dtype(dtype)
        if new.kind != "f":
            raise TypeError(f"to: dtype {new} given, a floating-point dtype needed, such as np.float32.")
        for _, value, module, name in list(self._named_state()):
            if isinstance(value, Parameter) and value.dtype.kind == "f":
                value.data = value.data.astype(new)
            elif value.dtype.kind == "f":
                vars(module)[name] = value.astype(new)
        return self

    def float(self) -> Self:
        """`to(np.float32)`.

        >>> import nn
        >>> nn.Linear(2, 3).float().weight.dtype
        dtype('float32')
        """
        return self.to(np.float32)

    def double(self) -> Self:
        """`to(np.float64)`.

        >>> import nn
        >>> nn.Linear(2, 3).float().double().weight.dtype
        dtype('float64')
        """
        return self.to(np.float64)

    def half(self) -> Self:
        """`to(np.float16)`.

        >>> import nn
        >>> nn.Linear(2, 1).half().weight.dtype
        dtype('float16')
        """
        return self.to(np.float16)

    def cpu(self) -> Self:
        """The module itself: its arrays are in main memory.

        >>> import nn
        >>> nn.Tanh().cpu()
        Tanh()
        """
        return self

    cuda = NotOffered("there are no devices. Leave it out")
    bfloat16 = NotOffered("NumPy has no such numbers. Write float()")
    type = NotOffered("write to(dtype)")
    compile = NotOffered("write ag.compile, or nn.fit, which compiles its steps")
    reset_parameters = NotOffered("make the layer anew, or write nn.init.kaiming_uniform_(layer.weight)")
    register_module = NotOffered("write add_module")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients: `.grad` becomes None, or zeros where there was one with `set_to_none=False`.

        >>> import numpy as np, nn
        >>> layer = nn.Linear(2, 1)
        >>> layer(np.ones((1, 2))).sum().backward()
        >>> layer.zero_grad()
        >>> layer.bias.grad is None
        True
        """
        for p in self.parameters():
            if p.requires_grad:
                p.grad = None if set_to_none or p.grad is None else np.zeros(p.shape, p.dtype)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters (False) or let them learn (True).

        >>> import nn
        >>> layer = nn.Linear(2, 1).requires_grad_(False)
        >>> layer.weight.requires_grad
        False
        """
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def train(self, mode: bool = True) -> Self:
        """Set the mode of this module and all inside it: layers such as dropout act in training only.

        >>> import numpy as np, nn
        >>> layer = nn.Dropout(1.0)
        >>> layer.train()(np.ones(2)), layer.train(False)(np.ones(2))
        (array([0., 0.]), array([1., 1.]))
        """
        if not isinstance(mode, (bool, np.bool_)):
            raise TypeError(f"{type(self).__name__}: train takes True or False, not {mode!r}.")
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> Self:
        """Set the mode for using the model: `train(False)`.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> model.eval()[1].training
        False
        """
        return self.train(False)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside, children first, and with this one.

        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
        >>> model = model.apply(lambda module: print(type(module).__name__))
        Linear
        Tanh
        Sequential
        """
        for module in self._inside_out(set()):
            fn(module)
        return self

    def _inside_out(self, seen: set[int]) -> Iterator[Module]:
        """This module and all inside it, each once, children before their parents."""
        seen.add(id(self))
        for child in self.children():
            if id(child) not in seen:
                yield from child._inside_out(seen)
        yield self

    # -- showing --------------------------------------------------------------------------------------------

    def summary(self, *args: Any, **kwargs: Any) -> Summary:
        """The layers as a table: their outputs for such arguments, and the numbers they learn; see `nn.summary`.

        >>> import numpy as np, nn
        >>> nn.Linear(2, 3).summary(np.ones((5, 2)))
        layer   output  parameters
        --------------------------
        Linear  (5, 3)           9
        --------------------------
        9 parameters, 72 bytes
        """
        return summary(self, *args, **kwargs)

    def extra_repr(self) -> str:
        """The text between the brackets of the module's line; subclasses write it.

        >>> import nn
        >>> nn.Linear(2, 3).extra_repr()
        'in_features=2, out_features=3, bias=True'
        """
        return ""

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self._named_children()]
        head = f"{type(self).__name__}({self.extra_repr()}"
        return head + "".join(f"\n  {line}" for line in lines) + ("\n)" if lines else ")")

    def _repr_html_(self) -> str:
        return summary(self).html


NOT_OPTIONS = ("training", "rng", "_buffers", "_hooks")


class Configured(Module):
    """A function as a module: its options are its attributes, and stand in the line that shows it."""

    takes_tuples = False

    def extra_repr(self) -> str:
        return ", ".join(
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name not in self._buffers and name not in NOT_OPTIONS and not isinstance(value, ag.Tensor)
        )


def named_members(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every parameter and module in a dict of attributes, also inside lists, tuples and dicts, with its name."""
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        if isinstance(value, (Parameter, Module)):
            yield f"{prefix}{key}", value
        elif isinstance(value, (list, tuple, dict)):
            yield from named_members(value, f"{prefix}{key}.")


def without_repeats(named: Iterator[tuple[str, Found]]) -> Iterator[tuple[str, Found]]:
    """The same without those objects that came before, under another name."""
    seen: set[int] = set()
    for name, value in named:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value


def member_at(what: str, path: str, found: Mapping[str, Found]) -> Found:
    """The module, parameter or buffer at a path."""
    if path not in found:
        raise KeyError(f"{what}: there is nothing at {path!r}; there are {', '.join(filter(None, found)) or 'none'}.")
    return found[path]


OBJECTS = np.dtype(object)
MASKED = np.ma.MaskedArray


def as_operand(value: Any) -> Any:
    """An array or Tensor itself; a list or a number as an array."""
    if hasattr(value, "shape"):
        return value
    if value.__class__ is tuple:
        refuse_results("a layer or loss", value)
    return np.asarray(value)


def as_numbers(value: Any) -> Any:
    """As `as_operand`; integers and bools as float64, where no sum and no difference of them wraps around.

    >>> as_numbers(np.array([1, 2], np.uint8)) - 3
    array([-2., -1.])
    """
    value = as_operand(value)
    return value.astype(float) if getattr(value, "dtype", OBJECTS).kind in "biu" else value


def operand_beside(value: Any, dtype: np.dtype[Any]) -> Any:
    """As `as_operand`; a Python number takes a floating-point dtype, so that it does not make float32 float64."""
    if isinstance(value, (int, float)) and not hasattr(value, "shape") and dtype.kind == "f":
        return np.asarray(value, dtype)
    return as_operand(value)


def refuse_results(name: str, given: tuple[Any, ...]) -> None:
    """Refuse a tuple of arrays where one array is needed: several results of another layer. A tuple of numbers may pass."""
    kinds = [f"array {part.shape}" if hasattr(part, "shape") else type(part).__name__ for part in given]
    if any(getattr(part, "ndim", 0) or (part.__class__ is tuple and any(hasattr(p, "shape") for p in part)) for part in given):
        raise TypeError(
            f"{name}: the input is a tuple ({', '.join(kinds)}), and one array is needed: recurrent layers return (output, "
            f"state), attention (output, weights), pooling with return_indices (output, places). Write 'output, _ = layer(x)' in "
            f"a module of your own instead of nn.Sequential."
        )


def real_operand(name: str, value: Any, what: str = "input") -> Any:
    """As `as_numbers`, of real ones: what compares numbers, or takes their mean and variance, refuses complex ones by name."""
    value = as_operand(value)
    try:
        kind = getattr(value, "dtype", OBJECTS).kind
    except AttributeError:
        raise TypeError(f"{name}: the {what} is {foreign(value)}") from None
    if kind == "c":
        raise TypeError(f"{name}: the {what} is complex, and must be real. Write t.real, or np.abs(t).")
    if value.__class__ is MASKED:
        raise TypeError(f"{name}: the {what} is a MaskedArray; numbers are needed, none of them masked. Write x.filled(0.0).")
    return value if kind == "f" else as_numbers(value)


def foreign(value: Any) -> str:
    """What to say of the array of another library, whose dtype is not NumPy's."""
    return (
        f"a {type(value).__name__} of {value.dtype}, and must be an array of NumPy's. Write t.detach().numpy() for one of torch."
    )


def in_range(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """True if an option is a finite number in that range.

    >>> in_range(0.5, 0), in_range(-1, 0), in_range(math.nan), in_range(math.inf), in_range("0.5")
    (True, False, False, False, False)
    """
    return isinstance(value, numbers.Real) and math.isfinite(value) and least <= float(value) <= most


def whole_number(name: str, option: str, number: Any, least: int) -> None:
    """Raise unless an option is a whole number of at least `least`."""
    if not isinstance(number, (int, np.integer)) or isinstance(number, bool) or number < least:
        raise ValueError(f"{name}: {option}={number!r} must be a whole number of at least {least}.")


def require_sizes(layer: Module, **sizes: Any) -> None:
    """Refuse sizes of a layer that are no whole numbers, or negative."""
    for option, size in sizes.items():
        whole_number(type(layer).__name__, option, size, 0)


def array_of(value: Any) -> NDArray[Any]:
    """The array in a Tensor, or anything else as an array."""
    return np.asarray(value.data if isinstance(value, ag.Tensor) else value)


def mean(x: Any, axes: tuple[int, ...] | None = None, keepdims: Any = False) -> Any:
    """`np.mean(x, axes, keepdims=keepdims)`, of single or double precision in half the time."""
    if x.dtype.char not in "fd":  # np.mean adds half precision in single, and integers in double
        return np.mean(x, axis=axes, keepdims=keepdims)
    total = np.add.reduce(x, axes, keepdims=keepdims)
    return total / (x.size // (total.size or 1))


HALF = np.dtype(np.float16)


def widened(x: Any) -> Any:
    """Half precision as single, as PyTorch computes with it: a sum or a square is soon above 65504, its largest number."""
    return x.astype(np.float32) if getattr(x, "dtype", float) == HALF else x


def in_single(compute: Computation) -> Computation:
    """The function, which computes with operands of half precision in single and then returns half precision.

    >>> in_single(np.sum)(np.full(100, 1000.0, np.float16) - np.float16(999)), in_single(np.linalg.norm)(np.float16([300, 400]))
    (np.float16(100.0), np.float16(500.0))
    """

    def computed(*args: Any, **options: Any) -> Any:
        if args and getattr(args[0], "dtype", HALF) != HALF:  # as mostly
            return compute(*args, **options)
        result = compute(*map(widened, args), **{name: widened(value) for name, value in options.items()})
        kinds = {x.dtype for x in (*args, *options.values()) if hasattr(x, "dtype") and x.dtype.kind in "fc"}
        return result.astype(HALF) if kinds == {HALF} else result

    functools.update_wrapper(computed, compute)
    return cast(Computation, computed)


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """True if a shape broadcasts to another, which stays as it is."""
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(shape[::-1], to[::-1]))


def functional_call(module: Module, params: Mapping[str, Any], args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    """Call a module with other values in place of some of its parameters and buffers, as in `torch.func`.

    Parameters
    ----------
    module
        Its parameters and buffers are afterwards what they were, also where the call fails or updates its buffers.
    params
        Arrays or Tensors by the path of the parameter or buffer that they replace, shared ones under any of its names.
        Arrays that replace buffers are updated as the module's own would be.
    args, kwargs
        The arguments of the call: a tuple, or a single one; and options by name.

    Raises
    ------
    ValueError
        There is nothing at a path, a shape differs, or a shared parameter is given twice. All such problems are listed.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag, nn
    >>> model = nn.Linear(2, 1)
    >>> nn.functional_call(model, {"weight": np.array([[3.0, 4.0]]), "bias": np.zeros(1)}, np.ones((1, 2)))
    array([[7.]])
    >>> ag.grad(lambda p: nn.functional_call(model, p, np.ones((1, 2))).sum())(model.state_dict())
    {'weight': array([[1., 1.]]), 'bias': array([1.])}
    """
    if not isinstance(module, Module) or not isinstance(params, Mapping):
        kinds = f"a {type(module).__name__} and a {type(params).__name__}"
        raise TypeError(f"functional_call: {kinds} were given; it takes a Module and a dict of arrays by path.")
    own = {path: (value, part, name) for path, value, part, name in module._named_state()}
    given = {path: value if isinstance(value, ag.Tensor) else np.asarray(value) for path, value in params.items()}
    problems = [f"unexpected: {path} {list(given[path].shape)}" for path in given if path not in own]
    instead: dict[Any, Any] = {}  # by the identity of a Parameter, or of a buffer's module and its name
    for path in own.keys() & given.keys():
        value, part, name = own[path]
        if given[path].shape != np.shape(value):
            problems.append(f"shape of {path}: {list(given[path].shape)} given, {list(np.shape(value))} needed")
        if instead.setdefault(id(value) if isinstance(value, Parameter) else (id(part), name), given[path]) is not given[path]:
            problems.append(f"given twice: {path}, which is shared")
    if problems:
        raise ValueError("\n  ".join([f"functional_call: params do not fit this {type(module).__name__}.", *sorted(problems)]))
    changes = []
    for part in module.modules():
        for name, value in vars(part).items():
            is_buffer = name in part._buffers
            new = instead.get((id(part), name), copy.copy(value)) if is_buffer else with_replacements(value, instead)
            changes += [(vars(part), name, value, new)] * (new is not value)
    try:
        for where, name, _, new in changes:
            where[name] = new
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for where, name, value, _ in changes:
            where[name] = value


def with_replacements(value: Any, instead: Mapping[int, Any]) -> Any:
    """An attribute with other objects in place of those with these ids, also inside lists, tuples and dicts."""
    if id(value) in instead:
        return instead[id(value)]
    if isinstance(value, dict):
        made = {key: with_replacements(part, instead) for key, part in value.items()}
        if all(made[key] is part for key, part in value.items()):
            return value
        other = copy.copy(value)
        other.update(made)
        return other
    if isinstance(value, (list, tuple)):
        parts = [with_replacements(part, instead) for part in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        return value._make(parts) if hasattr(value, "_make") else type(value)(parts)
    return value
