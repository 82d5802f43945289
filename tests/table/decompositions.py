"""The rows of decompositions of matrices, of matrices whose values are apart and whose vectors keep their signs or phases."""

import numpy as np

import autograd_lite as ag
from autograd_lite import strategies
from autograd_lite.rules import decompositions

from .row import Kink, Row, lapack, nan

SQUARE, SYMMETRIC, POSITIVE_DEFINITE = strategies.well_conditioned(), strategies.symmetric(), strategies.positive_definite()


def stacked(s, *shape):
    """The shape of matrices, or of two of them in a batch."""
    return (*s.among((), (), (2,)), *shape)


def side(s):
    return s.among(3, 2, 1)


def one_triangle(s, domain, upper):
    """Symmetric matrices with other numbers in the triangle that is not read."""
    n = side(s)
    a = s.array(stacked(s, n, n), domain)
    return a + (np.tril if upper else np.triu)(s.array(a.shape), -1 if upper else 1)


def cholesky(s):
    upper = s.among(False, True)
    return lapack(np.linalg.cholesky, (one_triangle(s, POSITIVE_DEFINITE, upper),), {"upper": True} if upper else {})


def triangular(function):
    def draw(s):
        uplo = s.among("L", "U")
        a = one_triangle(s, SYMMETRIC, uplo == "U")
        options = {"UPLO": "U"} if uplo == "U" else {}
        return (
            signed(lapack(function, (a,), options), vectors=1) if function is np.linalg.eigh else lapack(function, (a,), options)
        )

    return draw


def signed(call, vectors):
    """The call with the signs or phases of its vectors, the columns of that result, held: LAPACK's may jump.

    They are held as the first call has them, and anew as the first with complex numbers has them: the others are beside these.
    """
    references = {}

    def with_signs(*args, **options):
        found = list(call.function(*args, **options))
        now = found[vectors]
        reference = references.setdefault(args[0].dtype.kind, now.data if isinstance(now, ag.Tensor) else now)
        sign = np.sign(np.sum(found[vectors] * of_kind(reference, found[vectors]).conj(), axis=-2))
        found[vectors] = found[vectors] * sign.conj()[..., None, :]
        if vectors == 0:  # of q and r
            found[1] = found[1] * sign[..., : found[1].shape[-2], None]
        return tuple(found)

    with_signs(*call.place(*call.arrays), **call.options)
    return call._replace(function=with_signs)


def of_kind(reference, vectors):
    """The reference in the dtype of the vectors; the real part of one that is real but for rounding."""
    return (reference if vectors.dtype.kind == "c" else reference.real).astype(vectors.dtype)


def ordered(call):
    """The call with the eigenvalues in the order of the first call, and their vectors: LAPACK's may jump.

    Each stands where the first call has the one that is nearest. The first call with complex numbers sets the order of those.
    """
    references = {}

    def in_order(*args, **options):
        found = call.function(*args, **options)
        values, *vectors = found if isinstance(found, tuple) else (found,)
        now = values.data if isinstance(values, ag.Tensor) else values
        reference = references.setdefault(args[0].dtype.kind, now)
        order = np.argmin(np.abs(now[..., None, :] - reference[..., :, None]), axis=-1)
        alike = [np.take_along_axis(values, order, -1), *(np.take_along_axis(v, order[..., None, :], -1) for v in vectors)]
        return tuple(alike) if vectors else alike[0]

    in_order(*call.place(*call.arrays), **call.options)
    return call._replace(function=in_order)


def with_eigenvalues_apart(s):
    """Real matrices with real eigenvalues, or with a pair of complex ones: the results are complex then."""
    n = side(s)
    p = s.array(stacked(s, n, n), SQUARE)
    values = np.diag(np.arange(1.0, n + 1) + s.rng.uniform(-0.2, 0.2, n))
    if n > 1 and s.among(True, False):
        values[0, 1] = s.rng.uniform(1, 2)
        values[1, 0] = -values[0, 1]
    return p @ values @ np.linalg.inv(p)


def tall_or_wide(s):
    return s.array(stacked(s, *s.among((3, 3), (3, 2), (2, 3), (2, 2), (1, 3))), SQUARE)


def qr(s):
    call = lapack(np.linalg.qr, (tall_or_wide(s),), s.among({}, {"mode": "r"}, {"mode": "reduced"}))
    if call.options.get("mode") != "r":
        return signed(call, 0)
    reference = np.sign(call(*call.arrays))

    def r_alone(a, **options):
        r = np.linalg.qr(a, **options)
        d = np.sign(np.sum(r * reference.astype(r.dtype), -1))
        return r * d.conj()[..., None]

    return call._replace(function=r_alone)


def singular(function):
    def draw(s):
        full = s.among(True, False)
        m, n = s.among((3, 3), (3, 2), (2, 3), (2, 2), (1, 1), *([] if full else [(4, 2), (1, 3)]))
        a = s.array(stacked(s, m, n), SQUARE)
        options = {"full_matrices": full}
        if function is np.linalg.svd:
            if s.among(True, False, False):
                a = s.array(stacked(s, m, m), SYMMETRIC)
                if s.among(True, False):
                    return lapack(function, (a,), {"hermitian": True, "compute_uv": False})
                options = {"hermitian": True}
            elif s.among(True, False, False):
                return lapack(function, (a,), {"compute_uv": False})
        return both_signed(lapack(function, (a,), options))

    return draw


def both_signed(call):
    """The vectors of each singular value with the signs that those on the left have; others by themselves."""
    u0, s0, vh0 = call(*call.arrays)
    k = s0.shape[-1]

    def with_signs(a, **options):
        u, s, vh = call.function(a, **options)
        left = np.sign(np.sum(u * u0.conj().astype(u.dtype), -2))
        right = np.sign(np.sum(vh * vh0.conj().astype(vh.dtype), -1))
        right = np.concatenate([left[..., :k], right[..., k:].conj()], -1)
        return u * left.conj()[..., None, :], s, vh * right[..., :, None]

    return call._replace(function=with_signs)


def polynomial(s):
    """Products of real roots and pairs of complex ones, all apart, with a leading coefficient, sometimes with a root 0."""
    pairs = s.among([], [1 + 1j], [0.5 - 1.2j, -1 + 2j])
    zeros = [*s.among([], [1.3], [1.3, -2.1]), *pairs, *np.conj(pairs)] or [0.7]
    p = np.poly(zeros).real * s.among(1.0, -2.5) * (1 + 0.01 * s.rng.random(len(zeros) + 1))
    zero = s.among(True, False, False)

    def power_sums(p):
        """Sums over all roots, in which their order does not matter."""
        found = np.roots(np.concatenate([p, np.zeros(1, p.dtype)]) if zero else p)
        return np.stack([np.sum(found), np.sum(found**2), np.sum(found**3)])

    return lapack(power_sums, (p,))


ROWS = (
    Row(np.roots, polynomial),
    Row(np.linalg.cholesky, cholesky),
    Row(np.linalg.eigh, triangular(np.linalg.eigh)),
    Row(np.linalg.eigvalsh, triangular(np.linalg.eigvalsh)),
    Row(np.linalg.qr, qr),
    Row(np.linalg.eig, lambda s: signed(ordered(lapack(np.linalg.eig, (with_eigenvalues_apart(s),))), vectors=1)),
    Row(
        decompositions.eig_factors,
        lambda s: signed(ordered(lapack(decompositions.eig_factors, (with_eigenvalues_apart(s),))), vectors=1),
    ),
    Row(np.linalg.eigvals, lambda s: ordered(lapack(np.linalg.eigvals, (with_eigenvalues_apart(s),)))),
    Row(decompositions.svd_factors, singular(decompositions.svd_factors)),
    Row(np.linalg.svd, singular(np.linalg.svd)),
    Row(np.linalg.svdvals, lambda s: lapack(np.linalg.svdvals, (tall_or_wide(s),))),
)

KINKS = {
    "eigvalsh at equal eigenvalues": Kink(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))), (np.eye(2),), (np.e * np.eye(2),)),
    "eigenvectors of equal eigenvalues are not unique": Kink(
        lambda a: np.sum(np.linalg.eigh(a)[1]), (np.eye(2),), (np.full((2, 2), nan) * [[1, nan], [1, 1]],)
    ),
    "singular values that are 0": Kink(np.linalg.svdvals, (np.zeros((2, 3)),), (np.zeros((2, 3)),)),
}
