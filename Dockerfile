# Khet in a container: see README, "Container". Every version of Python's packages stands in pyproject.toml.
FROM python:3.12-slim

# what reads scans
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-tha \
 && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 10001 --home-dir /var/lib/khet --shell /usr/sbin/nologin khet \
 && install --directory --owner=khet --group=khet --mode=0700 /var/lib/khet

WORKDIR /opt/khet
COPY pyproject.toml ./
RUN pip install --no-cache-dir --target /tmp/uv uv==0.13.9 \
 && PYTHONPATH=/tmp/uv python -m uv sync --no-dev --no-cache --compile-bytecode --python "$(command -v python)" \
 && rm -rf /tmp/uv uv.lock
COPY app.py LICENSE NOTICE ./
COPY core core
COPY plugins plugins
COPY translations translations
RUN .venv/bin/python -m compileall -q app.py core plugins

ENV KHET_DATA_DIR=/var/lib/khet KHET_DEMO=0 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER khet
VOLUME /var/lib/khet
EXPOSE 8069
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["/opt/khet/.venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8069/health', timeout=8)"]
# a stop answers what is being asked: SIGTERM goes to Khet itself
ENTRYPOINT ["/opt/khet/.venv/bin/python", "app.py"]
CMD ["serve", "--host", "0.0.0.0"]
