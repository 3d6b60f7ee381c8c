# The small, embedded form: one image, one volume, everything in it started by `veo run`.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/veo/.venv
WORKDIR /opt/veo
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.11-slim-bookworm
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ffmpeg redis-server \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data --shell /usr/sbin/nologin veo
WORKDIR /opt/veo
COPY --from=packages /opt/veo/.venv .venv
COPY . .
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER veo
ENV VEO_DATA=/data/veo VEO_HOST=0.0.0.0 VEO_PORT=8000 VEO_TLS=1
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s CMD [".venv/bin/veo", "doctor"]
CMD [".venv/bin/veo", "run"]
