from __future__ import annotations

import itertools
import json
import os
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.reuse import quick_draw as Q

cv2.setNumThreads(1)
DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2]/".."/"shared"/"data"))
def rng_of(*key): return np.random.default_rng(zlib.crc32(repr(key).encode()))
def load(p):
    im = np.asarray(Image.open(p))
    if im.dtype != np.uint8: im = np.clip(255*(im-np.percentile(im, .1))/(np.ptp(np.percentile(im, [.1, 99.9]))+1e-9), 0, 255).astype(np.uint8)
    im = im[..., :3] if im.ndim == 3 else im
    m = max(im.shape[:2]); z = 900/m
    return np.ascontiguousarray(cv2.resize(im, None, fx=z, fy=z, interpolation=3) if z < 1 else im)
def sources(split):
    """name -> (group, family, loader)."""
    out = {}
    side = lambda g: "train" if zlib.crc32(g.encode()) % 2 == 0 else "test"
    def add(name, group, family, f, where=None):
        if (where or side(group)) == split: out[name] = (group, family, f)
    fold = DATA/"folder"
    assign = dict(bccd_blood=None, isbi_em_train="train", mitocheck="test", human_cells="train", drosophila_seq1="test", yeast="test")
    for e, where in assign.items():
        fs = sorted((fold/e).glob("*"))
        if e == "bccd_blood":
            for i, f in enumerate(fs): add(f"{e}{i}", f"{e}{i}", "blood", lambda f=f: load(f), "train" if i < 22 else "test")
        elif e in ("mitocheck", "drosophila_seq1"):
            f = fs[0]; add(e+"0", e, e, lambda f=f: load(f), where)
            if e == "mitocheck": f = fs[-1]; add(e+"9", e, e, lambda f=f: load(f), where)
        elif e == "human_cells":
            for i, f in enumerate([x for x in fs if "D03f00d" in x.name][:3]): add(f"{e}{i}", e, f"{e}", lambda f=f: load(f), where)
        else:
            for i, f in enumerate(fs[:6]): add(f"{e}{i}", e+(str(i) if e == "yeast" else ""), e, lambda f=f: load(f), where)
    for i, (n, where) in enumerate(dict(blot_1="train", blot_2="test", **{"gel-example": "train"}).items()):
        f = fold/"blots"/f"{n}.png"; add(n, n, "blot", lambda f=f: load(f), where)
    for n, where in dict(ladder_reference_gel="test", overheated_ref="train").items():
        f = fold/"blots"/f"{n}.tif"; add(n, n, "gel", lambda f=f: load(f), where)
    for n in ("pairs/pdq/aaa-orig.jpg", "pairs/dupimages/20221026_124702_q95.jpg", "pairs/scene/sacre_coeur1.jpg", "homography/graf/img1.png"):
        add(n, n, "photo", lambda n=n: load(DATA/n))
    import skimage.data as sd
    for n in ("camera", "coins", "moon", "cell", "coffee", "astronaut", "chelsea", "rocket", "hubble_deep_field", "ihc", "retina", "page", "colorwheel"):
        try: getattr(sd, n)()
        except Exception: continue
        def f(n=n):
            x = getattr(sd, n)(); x = x[..., :3] if x.ndim == 3 else x
            z = 900/max(x.shape[:2]); return cv2.resize(x, None, fx=z, fy=z, interpolation=3) if z < 1 else x
        if n not in ("page", "colorwheel"): add(n, n, "photo", f)
    import sklearn.datasets as ds
    for n in ("china.jpg", "flower.jpg"): add(n, n, "photo", lambda n=n: load(Path(ds.__file__).parent/"images"/n))
    for fam, draw in Q.TEXTURES.items():
        for i in range(12):
            g = f"{fam}-{split}-{i}"
            def f(draw=draw, g=g):
                r = rng_of(g); return draw(r, int(r.integers(340, 760)), int(r.integers(300, 620)))
            add(g, g, fam, f, split)
    return out
def jp(x, q): return cv2.imdecode(cv2.imencode(".jpg", x if x.ndim == 2 else x[..., ::-1], [1, int(q)])[1], -1) if x.ndim == 2 else np.ascontiguousarray(cv2.imdecode(cv2.imencode(".jpg", np.ascontiguousarray(x[..., ::-1]), [1, int(q)])[1], -1)[..., ::-1])
def gray(x): return cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) if x.ndim == 3 else x
def res(x, s):
    return cv2.resize(x, None, fx=s, fy=s, interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_CUBIC)
def crop(r, x, f):
    h, w = x.shape[:2]; a = float(np.clip(r.uniform(.8, 1.25), f, 1/f)); ch, cw = int(h*min(1, (f*a)**.5)), int(w*min(1, (f/a)**.5))
    y, z = int(r.integers(0, h-ch+1)), int(r.integers(0, w-cw+1)); return x[y:y+ch, z:z+cw]
def overlap(r, x, f):
    h, w = x.shape[:2]
    if w >= h: c = int(w/(2-f)); return x[:, :c], x[:, w-c:]
    c = int(h/(2-f)); return x[:c], x[h-c:]
def freerot(x, a):
    h, w = x.shape[:2]; return cv2.warpAffine(x, cv2.getRotationMatrix2D((w/2, h/2), a, 1), (w, h), flags=2, borderValue=(255,)*3)
def figure(r, panels, cell=(300, 240), cols=2, letters="ABCDEF"):
    rows = -(-len(panels)//cols); c = np.full((rows*(cell[1]+26)+12, cols*(cell[0]+14)+12, 3), 255, np.uint8)
    for i, p in enumerate(panels):
        q = p if p.ndim == 3 else cv2.cvtColor(p, cv2.COLOR_GRAY2RGB); h, w = q.shape[:2]; z = min(cell[0]/w, cell[1]/h); q = cv2.resize(q, (int(w*z), int(h*z)), interpolation=3 if z < 1 else 2)
        y, x = 26+(i//cols)*(cell[1]+26), 12+(i % cols)*(cell[0]+14); c[y:y+q.shape[0], x:x+q.shape[1]] = q; cv2.putText(c, letters[i], (x, y-6), 0, .65, (0,)*3, 2, cv2.LINE_AA)
    return c
def LUT(x, k):
    g = gray(x)
    if k in "rgb": o = np.zeros((*g.shape, 3), np.uint8); o[..., "rgb".index(k)] = g; return o
    return np.ascontiguousarray(cv2.applyColorMap(g, dict(j=cv2.COLORMAP_JET, v=cv2.COLORMAP_VIRIDIS)[k])[..., ::-1])
def hard(r, x):
    y = crop(r, x, .5)[:, ::-1]; y = np.ascontiguousarray(np.rot90(y)); y = res(y, r.uniform(.6, .85)); return Q.annotate(r, y, "B", arrows=1)
def POS():
    k = {}
    same = lambda f: (lambda r, x, o: (x, f(r, x)))
    k["jpeg"] = same(lambda r, x: jp(x, r.choice([30, 50, 70]))); k["gray"] = same(lambda r, x: gray(x)); k["false-colour"] = same(lambda r, x: LUT(x, r.choice(["r", "g", "b"])))
    k["jet"] = same(lambda r, x: LUT(x, "j")); k["viridis"] = same(lambda r, x: LUT(x, "v")); k["inverted"] = same(lambda r, x: 255-x)
    k["blur"] = same(lambda r, x: cv2.GaussianBlur(x, (0, 0), r.uniform(1, 2))); k["noise"] = same(lambda r, x: np.clip(x+r.normal(0, r.uniform(5, 14), x.shape), 0, 255).astype(np.uint8))
    k["gamma"] = same(lambda r, x: (255*(x/255.)**r.choice([.6, 1.6])).astype(np.uint8)); k["scale"] = same(lambda r, x: res(x, r.choice([.5, .65, 1.4, 2])))
    k["rot90"] = same(lambda r, x: np.rot90(x, int(r.integers(1, 4)))); k["mirror"] = same(lambda r, x: x[:, ::-1] if r.integers(2) else x[::-1]); k["rotfree"] = same(lambda r, x: freerot(x, r.uniform(-40, 40)))
    for f in (70, 50, 30, 15, 10): k[f"crop{f}"] = same(lambda r, x, f=f: crop(r, x, f/100))
    for f in (50, 30, 20, 10): k[f"overlap{f}"] = lambda r, x, o, f=f: overlap(r, x, f/100)
    k["relabelled"] = lambda r, x, o: (Q.annotate(r, x, "A"), Q.annotate(r, x, "D", 1, arrows=3)); k["stretched"] = same(lambda r, x: cv2.resize(x, None, fx=r.uniform(.82, .95), fy=r.uniform(1, 1.15)))
    k["in-figure"] = lambda r, x, o: (x, figure(r, [o[0], x, o[1], o[2]])); k["fig-fig"] = lambda r, x, o: (figure(r, [o[0], x, o[1], o[2]]), figure(r, [x, o[3], o[4], o[5]], cols=2)); k["hard"] = same(hard)
    return k
def image(split, key):
    """Pixels of a pool image by key."""
    src = _src(split); r = rng_of(split, key)
    kind, *a = key.split("|")
    base = lambda n: np.ascontiguousarray(src[n][2]())
    if kind == "src": return base(a[0])
    if kind == "ann": return Q.annotate(rng_of("ann", a[1]), base(a[0]), "ABCD"[int(a[1]) % 4], int(a[1]) % 2, True, 0, size=1.2)
    if kind == "tile":
        x = base(a[0]); h, w = x.shape[:2]; i = int(a[1]); return np.ascontiguousarray((x[:, :w//2] if i == 0 else x[:, w//2:]) if w >= h else (x[:h//2] if i == 0 else x[h//2:]))
    if kind == "blank": return jp(Q.blank(r, 300+40*(int(a[0]) % 3), 260, ["A", "C", "Ctrl", "siRNA 2"][int(a[0])//4 % 4], int(a[0])), int(r.integers(75, 96)))
    if kind == "chart": return jp(Q.chart(r, 460, 360, int(a[0])), int(r.integers(75, 96)))
    if kind == "plate": return Q.plate(r, 420, 360, int(a[0]))
    if kind == "fig":
        names = sorted(src); return jp(figure(r, [base(names[int(i)]) for i in r.choice(len(names), 4, replace=False)]), 90)
    if kind == "logo":
        x = base(a[0]); x = x if x.ndim == 3 else cv2.cvtColor(x, cv2.COLOR_GRAY2RGB); l = Q.logo(int(a[1])); x = x[:, :max(230, x.shape[1])]
        c = np.full((x.shape[0]+56, max(x.shape[1], 240), 3), 255, np.uint8); c[:46, :220] = l; c[56:56+x.shape[0], :x.shape[1]] = x; return c
    if kind == "rep":
        t = np.random.default_rng(int(a[0])); s = int(t.integers(14, 30)); m = t.uniform(0, 255, (s, s)).astype(np.float32); p = np.tile(cv2.GaussianBlur(m, (0, 0), 1.5), (500//s, 600//s)); return np.clip(p[:360, :440]+8*Q._noise(r, *p[:360, :440].shape, 30)+r.normal(0, 3, p[:360, :440].shape), 0, 255).astype(np.uint8)
    raise KeyError(key)
_cache = {}
def _src(split):
    if split not in _cache: _cache[split] = sources(split)
    return _cache[split]
def negatives(split):
    src = _src(split); names = sorted(src); out = []
    def add(kind, a, b, g): out.append((kind, a, b, g))
    fam = {}
    for n in names: fam.setdefault(src[n][1], []).append(n)
    r = rng_of(split, "neg")
    for f, ns in fam.items():
        ps = list(itertools.combinations(ns, 2))
        if f == "photo": f = "unrelated"
        for i in r.permutation(len(ps))[:140]:
            a, b = ps[i]; add(f"same-family:{f}", f"src|{a}", f"src|{b}", [src[a][0], src[b][0]])
    for n in names: add("halves", f"tile|{n}|0", f"tile|{n}|1", [src[n][0]])
    for _ in range(1500):
        a, b = r.choice(len(names), 2, replace=False); a, b = names[a], names[b]
        if src[a][0] != src[b][0]: add("unrelated", f"src|{a}", f"src|{b}", [src[a][0], src[b][0]])
    off = 0 if split == "train" else 1000
    for s in range(16):
        for i, j in itertools.combinations(range(7), 2): add("blank", f"blank|{off+s}|{i}", f"blank|{off+s}|{j}", [f"blank{off+s}"])
    for s in range(12):
        for i, j in itertools.combinations(range(8), 2): add("same-axes", f"chart|{off+s}|{i}", f"chart|{off+s}|{j}", [f"chart{off+s}"])
    for s in range(8):
        for i, j in itertools.combinations(range(5), 2): add("plates", f"plate|{off+s}|{i}", f"plate|{off+s}|{j}", [f"plate{off+s}"])
    for s in range(8):
        for i, j in itertools.combinations(range(4), 2): add("repetitive", f"rep|{off+s}|{i}", f"rep|{off+s}|{j}", [f"rep{off+s}"])
    for _ in range(700):
        a, b = r.choice(len(names), 2, replace=False); a, b = names[a], names[b]; s = int(r.integers(12))
        if src[a][0] != src[b][0]: add("same-annotation", f"ann|{a}|{s}", f"ann|{b}|{s}", [src[a][0], src[b][0]])
    for _ in range(200):
        a, b = r.choice(len(names), 2, replace=False); a, b = names[a], names[b]; s = int(r.integers(6))
        if src[a][0] != src[b][0]: add("same-logo", f"logo|{a}|{s}", f"logo|{b}|{s}", [src[a][0], src[b][0]])
    # Two exposures of overlapping fields of one smear: counted apart, as neighbouring frames are.
    return [q for q in out if {q[1], q[2]} != {"src|bccd_blood19", "src|bccd_blood20"}]
_feat = {}
def feat(split, key):
    from figecho.features.sift import extract
    from figecho.options import ReuseOptions
    if (split, key) not in _feat:
        if len(_feat) > 700: _feat.clear()
        _feat[split, key] = extract(np.ascontiguousarray(image(split, key)), ReuseOptions())
    return _feat[split, key]
def row(kind, label, a, b, groups, fa, fb, options):
    from figecho.compare import examine
    t = time.process_time(); e, j = examine(fa, fb, options); t = time.process_time()-t
    return dict(kind=kind, label=label, a=a, b=b, groups=groups, verdict=j.verdict, score=j.score, reason=j.reasons[0], seconds=round(t, 4), inliers=e.inliers, transform=e.transform.text if e.transform else None, measurements={k: round(float(v), 5) for k, v in e.measurements.items()})
def founding(x, y):
    s = cv2.SIFT_create(); (_, d), (_, f) = (s.detectAndCompute(gray(p), None) for p in (x, y))
    if d is None or f is None or len(f) < 2: return 0
    return sum(m.distance < .75*n.distance for m, n in cv2.BFMatcher().knnMatch(d, f, k=2))
def work(job):
    split, what, items, peers = job
    from figecho.features.sift import extract
    from figecho.options import ReuseOptions
    o = ReuseOptions(); out = []
    if what == "neg":
        for kind, a, b, g in items:
            q = row(kind, False, a, b, g, feat(split, a), feat(split, b), o)
            if peers: q["founding"] = founding(image(split, a), image(split, b))
            out.append(q)
    else:
        kinds = POS(); src = _src(split); names = sorted(src)
        for n, kind in items:
            r = rng_of(split, n, kind); x = np.ascontiguousarray(src[n][2]())
            if kind == "false-colour" or x.ndim == 2 or True:
                others = [np.ascontiguousarray(src[m][2]()) for m in r.choice([m for m in names if src[m][0] != src[n][0]], 6, replace=False)] if "fig" in kind else []
            a, b = kinds[kind](r, x, others); a, b = jp(np.ascontiguousarray(a), r.integers(80, 96)), jp(np.ascontiguousarray(b), r.integers(80, 96))
            q = row(kind, True, f"{n}", kind, [src[n][0]], extract(a, o), extract(b, o), o); q["family"] = src[n][1]; q["size"] = [a.shape[:2], b.shape[:2]]
            if peers: q["founding"] = founding(a, b)
            out.append(q)
    return out
def main():
    split, target = sys.argv[1], Path(sys.argv[2]); peers = "--peers" in sys.argv
    neg = negatives(split); src = sorted(_src(split)); kinds = list(POS())
    pos = [(n, k) for n in src for k in kinds]
    r = rng_of("pick")
    blood = [n for n in src if n.startswith("bccd")][4:]; pos = [p for p in pos if p[0] not in blood]
    if "--few" in sys.argv: pos = [p for i, p in enumerate(pos) if (i+i//len(kinds)) % 3 == 0]
    print(split, len(src), "sources", len(pos), "pos", len(neg), "neg", flush=True)
    jobs = [(split, "neg", neg[i:i+60], peers) for i in range(0, len(neg), 60)]+[(split, "pos", pos[i:i+28], peers) for i in range(0, len(pos), 28)]
    target.parent.mkdir(exist_ok=True, parents=True); t = time.time()
    with ProcessPoolExecutor(2) as pool, target.open("w") as f:
        for i, rows in enumerate(pool.map(work, jobs)):
            for q in rows: f.write(json.dumps(q)+"\n")
            if i % 20 == 0: print(i, len(jobs), round(time.time()-t), flush=True)
if __name__ == "__main__": main()
