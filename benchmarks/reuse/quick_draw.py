"""Procedural pictures."""
from __future__ import annotations

import cv2
import numpy as np


def _noise(rng, h, w, s):
    n = cv2.GaussianBlur(rng.standard_normal((h, w)).astype(np.float32), (0, 0), s); return n / n.std()
def _finish(rng, p, blur=None, noise=None):
    p = cv2.GaussianBlur(p.astype(np.float32), (0, 0), blur if blur is not None else rng.uniform(.5, 1.2))
    p = p + rng.normal(0, noise if noise is not None else rng.uniform(1, 5), p.shape)
    return np.clip(p, 0, 255).astype(np.uint8)
def nuclei(rng, w, h):
    p = np.full((h, w), rng.uniform(3, 25), np.float32)
    for _ in range(int(rng.integers(15, 120))):
        c = (int(rng.integers(0, w)), int(rng.integers(0, h))); r = rng.uniform(5, 20)
        m = np.zeros((h, w), np.float32); cv2.ellipse(m, c, (int(r), int(r*rng.uniform(.6, 1))), float(rng.uniform(0, 180)), 0, 360, 1, -1)
        x0,x1,y0,y1=max(0,c[0]-30),c[0]+30,max(0,c[1]-30),c[1]+30
        t = 1 + .25*_noise(rng, 60, 60, 2.5)[:m[y0:y1,x0:x1].shape[0],:m[y0:y1,x0:x1].shape[1]]
        p[y0:y1,x0:x1] += m[y0:y1,x0:x1]*t*rng.uniform(40, 200)
    return _finish(rng, p, rng.uniform(.8, 2))
def filaments(rng, w, h):
    p = np.full((h, w), 15, np.float32)
    for _ in range(int(rng.integers(60, 200))):
        x, y, a = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, np.pi)
        pts = []
        for _ in range(30):
            pts.append((int(x), int(y))); a += rng.normal(0, .12); x += 8*np.cos(a); y += 8*np.sin(a)
        cv2.polylines(p, [np.array(pts)], False, float(rng.uniform(40, 220)), int(rng.integers(1, 3)), cv2.LINE_AA)
    return _finish(rng, p, rng.uniform(.8, 1.6))
def tissue(rng, w, h):
    a, b = _noise(rng, h, w, rng.uniform(3, 6)), _noise(rng, h, w, rng.uniform(12, 30))
    d = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(100, 350))):
        cv2.ellipse(d, (int(rng.integers(0, w)), int(rng.integers(0, h))), (int(rng.integers(3, 8)), int(rng.integers(2, 6))), float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(.4, 1)), -1)
    d = cv2.GaussianBlur(d, (0, 0), 1)
    pink = np.stack([225-10*a-12*b, 150-22*a-25*b, 190-14*a-14*b], -1)
    out = pink*(1-d[..., None])+np.array([90, 60, 140])*d[..., None]
    return _finish(rng, out, .7)
def membranes(rng, w, h):
    a = _noise(rng, h, w, rng.uniform(5, 10)); b = _noise(rng, h, w, rng.uniform(4, 9))
    p = 170-120*np.exp(-(a/.18)**2)-60*np.exp(-(b/.1)**2)+12*_noise(rng, h, w, 1.5)
    return _finish(rng, p, .8, rng.uniform(4, 10))
def rods(rng, w, h):
    p = 150+8*_noise(rng, h, w, 40)
    for _ in range(int(rng.integers(40, 160))):
        x, y, a = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, np.pi); l = rng.uniform(8, 25)
        q = (int(x+l*np.cos(a)), int(y+l*np.sin(a)))
        cv2.line(p, (int(x), int(y)), q, 215, 9, cv2.LINE_AA); cv2.line(p, (int(x), int(y)), q, float(rng.uniform(60, 110)), 5, cv2.LINE_AA)
    return _finish(rng, p)
def cells(rng, w, h):
    p = 128+6*_noise(rng, h, w, 30)+4*_noise(rng, h, w, 2)
    for _ in range(int(rng.integers(12, 50))):
        c = (int(rng.integers(0, w)), int(rng.integers(0, h))); r = int(rng.integers(10, 32))
        ax = (r, int(r*rng.uniform(.6, 1))); an = float(rng.uniform(0, 180))
        cv2.ellipse(p, c, ax, an, 0, 360, 190, 3, cv2.LINE_AA); cv2.ellipse(p, c, (ax[0]-3, ax[1]-3), an, 0, 360, 85, 2, cv2.LINE_AA)
        cv2.circle(p, (c[0]+int(rng.integers(-4, 5)), c[1]+int(rng.integers(-4, 5))), int(r/3), float(rng.uniform(90, 160)), -1, cv2.LINE_AA)
    return _finish(rng, p, 1)
def clouds(rng, w, h):
    p = 120+sum(k*_noise(rng, h, w, s) for k, s in ((6, 2), (10, 5), (18, 14), (25, 40)))
    return _finish(rng, p)
def leaves(rng, w, h):
    p = np.full((h, w, 3), 120, np.float32)
    for _ in range(600):
        r = min(80, 4/max(.03, rng.uniform(0, 1)))
        col = rng.uniform(20, 235, 3)
        cv2.ellipse(p, (int(rng.integers(0, w)), int(rng.integers(0, h))), (int(r)+2, int(r*rng.uniform(.4, 1))+2), float(rng.uniform(0, 180)), 0, 360, col.tolist(), -1, cv2.LINE_AA)
    p += 6*_noise(rng, h, w, 1.2)[..., None]
    return _finish(rng, p, .8)
def smooth(rng, w, h):
    p = 60+25*_noise(rng, h, w, rng.uniform(14, 25))+20*_noise(rng, h, w, rng.uniform(30, 50))+40
    return _finish(rng, p, 3, rng.uniform(1.5, 4))
def blot(rng, w, h):
    h = int(rng.integers(70, 140)); lanes = int(rng.integers(5, 12)); w = int(lanes*rng.integers(50, 80))
    g = 215+8*_noise(rng, h, w, 25)+rng.uniform(-15, 15)*np.linspace(-1, 1, w)[None]
    p = g.astype(np.float32)
    for row in range(int(rng.integers(1, 3))):
        y0 = h*(.5 if row == 0 else .8); tilt = rng.uniform(-.04, .04)
        for i in range(lanes):
            if rng.uniform() < .08: continue
            cx = (i+.5)*w/lanes+rng.normal(0, 2); cy = y0+tilt*(cx-w/2)+rng.normal(0, 1.5); ax = w/lanes*rng.uniform(.28, .44); ay = rng.uniform(3, 8)
            yy, xx = np.mgrid[:h, :w].astype(np.float32)
            u, v = (xx-cx)/ax, (yy-cy-rng.normal(0, 2)*((xx-cx)/ax)**2)/ay
            p -= rng.uniform(40, 190)*np.exp(-np.abs(u)**rng.uniform(3, 6))*np.exp(-np.abs(v)**rng.uniform(1.6, 2.4))*(1+.12*_noise(rng, h, w, 4))
    return _finish(rng, p, rng.uniform(.8, 1.5), rng.uniform(1, 3.5))
def gel(rng, w, h):
    w, h = int(rng.integers(300, 480)), int(rng.integers(280, 420)); p = np.full((h, w), rng.uniform(8, 30), np.float32)+3*_noise(rng, h, w, 30); lanes = int(rng.integers(4, 9))
    for i in range(lanes):
        for y in np.cumsum(rng.uniform(8, 45, 14)):
            if y > h-10: break
            cv2.rectangle(p, (int((i+.2)*w/lanes), int(y)), (int((i+.8)*w/lanes), int(y)+int(rng.integers(2, 6))), float(rng.uniform(50, 230)), -1)
    return _finish(rng, p, 1.4, rng.uniform(1.5, 4))
TEXTURES = dict(nuclei=nuclei, filaments=filaments, tissue=tissue, membranes=membranes, rods=rods, cells=cells, clouds=clouds, leaves=leaves, smooth=smooth, blot=blot, gel=gel)

def annotate(rng, p, letter="A", where=0, bar=True, arrows=0, size=None):
    p = p.copy(); h, w = p.shape[:2]; s = size or rng.uniform(.8, 1.5)
    dark = p[:60, :60].mean() > 120; c = (0,)*3 if dark else (255,)*3
    cv2.putText(p, letter, ((10, int(12+24*s)) if where == 0 else (w-20-int(22*s*len(letter)), int(12+24*s))), cv2.FONT_HERSHEY_SIMPLEX, s, c, 2 if s < 1.1 else 3, cv2.LINE_AA)
    if bar: cv2.rectangle(p, (w-20-w//5, h-20), (w-20, h-15), c, -1)
    for _ in range(arrows):
        x, y = int(rng.integers(40, w-40)), int(rng.integers(40, h-40)); cv2.arrowedLine(p, (x, y), (x+25, y+18), c, 2, cv2.LINE_AA, tipLength=.35)
    return p
def blank(rng, w, h, letter, kind):
    g = {0: 235, 1: 12, 2: 128, 3: 200}[kind % 4]
    p = np.full((h, w), g, np.float32)+rng.uniform(0, 1.5)*_noise(rng, h, w, 40)
    p = np.clip(p+rng.normal(0, rng.uniform(.2, 3), p.shape), 0, 255).astype(np.uint8)
    style = np.random.default_rng(kind)
    return annotate(style, p, letter, kind % 2, True, kind % 3, size=style.uniform(.8, 1.6))
def chart(rng, w, h, template):
    t = np.random.default_rng(template); p = np.full((h, w, 3), 255, np.uint8); l, b, r, top = 60, h-45, w-20, 25
    cv2.rectangle(p, (l, top), (r, b), (0, 0, 0), 1)
    for i in range(6):
        x, y = l+(r-l)*i//5, b-(b-top)*i//5
        cv2.line(p, (x, b), (x, b+5), (0,)*3, 1); cv2.line(p, (l-5, y), (l, y), (0,)*3, 1)
        cv2.putText(p, str(i*10), (x-8, b+20), 0, .4, (0,)*3, 1, cv2.LINE_AA); cv2.putText(p, f"{i/5:.1f}", (l-38, y+4), 0, .4, (0,)*3, 1, cv2.LINE_AA)
    cv2.putText(p, ["Time (h)", "Dose", "Cells", "Day"][template % 4], ((l+r)//2-30, h-8), 0, .5, (0,)*3, 1, cv2.LINE_AA)
    for k in range(3):
        c = ((200, 30, 30), (30, 120, 30), (30, 30, 200))[k]
        cv2.line(p, (r-90, top+15+16*k), (r-65, top+15+16*k), c, 2); cv2.putText(p, ["WT", "KO", "siRNA"][k], (r-58, top+19+16*k), 0, .4, (0,)*3, 1, cv2.LINE_AA)
    if template % 3 == 0:
        for k in range(3):
            ys = np.clip(np.cumsum(rng.normal(0, .12, 12))+.5, .03, .97); pts = np.array([(l+(r-l)*i/11, b-(b-top)*y) for i, y in enumerate(ys)], int)
            cv2.polylines(p, [pts], False, ((200, 30, 30), (30, 120, 30), (30, 30, 200))[k], 2, cv2.LINE_AA)
            for q in pts: cv2.circle(p, tuple(int(v) for v in q), 4, ((200, 30, 30), (30, 120, 30), (30, 30, 200))[k], -1, cv2.LINE_AA)
    elif template % 3 == 1:
        for i in range(8):
            x = l+15+(r-l-30)*i//8; y = int(b-(b-top)*rng.uniform(.1, .9)); cv2.rectangle(p, (x, y), (x+(r-l)//14, b), ((120,)*3, (60, 60, 180))[i % 2], -1)
    else:
        for _ in range(400):
            x, y = np.clip(rng.normal([.4, .5], [.15, .18]), .02, .98); cv2.circle(p, (int(l+(r-l)*x), int(b-(b-top)*y)), 2, (40, 40, 160), -1, cv2.LINE_AA)
    return p
def plate(rng, w, h, style):
    t = np.random.default_rng(style); n = int(t.integers(6, 12)); p = np.full((h, w), t.uniform(150, 230), np.float32); s = min(w, h)/n
    for i in range(int(h//s)):
        for j in range(int(w//s)):
            c = (int((j+.5)*s), int((i+.5)*s)); cv2.circle(p, c, int(s*.4), 60, 2, cv2.LINE_AA); cv2.circle(p, c, int(s*.36), float(rng.uniform(80, 220)), -1, cv2.LINE_AA)
    return _finish(rng, p, 1, 2)
def logo(seed):
    r = np.random.default_rng(seed); p = np.full((46, 220, 3), 255, np.uint8)
    for _ in range(6): cv2.circle(p, (int(r.integers(5, 60)), int(r.integers(5, 40))), int(r.integers(4, 16)), tuple(int(v) for v in r.integers(0, 255, 3)), -1, cv2.LINE_AA)
    cv2.putText(p, "Journal of Cells", (68, 30), cv2.FONT_HERSHEY_TRIPLEX, .55, (60, 20, 20), 1, cv2.LINE_AA); return p
