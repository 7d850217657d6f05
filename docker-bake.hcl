# `docker buildx bake` builds the image of every service (make images); `docker buildx bake gpu` those of the production engines.
variable "PREFIX" { default = "" } # such as registry.example.org/aik/
variable "VERSION" { default = "0.1.0" }
variable "REVISION" { default = "unknown" }
variable "BASE" { default = "python:3.13-slim" } # pin it by digest for builds that are the same every time
variable "SOURCE_DATE_EPOCH" { default = "0" }

group "default" {
  targets = ["services"]
}

target "image" {
  dockerfile = "images/Dockerfile"
  args = {
    BASE              = BASE
    VERSION           = VERSION
    REVISION          = REVISION
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
  attest = ["type=sbom", "type=provenance,mode=max"]
}

target "services" {
  inherits = ["image"]
  name     = "aik-${service}"
  matrix   = { service = ["gateway", "separator", "asr", "aligner", "qc", "publisher", "notifier"] }
  args     = { SERVICE = service }
  tags     = ["${PREFIX}aik-${service}:${VERSION}"]
}

target "gpu" {
  inherits = ["image"]
  name     = "aik-${service}-gpu"
  matrix   = { service = ["separator", "asr", "aligner"] }
  args     = { SERVICE = service, LOCK = "tests/engines/torch/requirements.lock" }
  tags     = ["${PREFIX}aik-${service}:${VERSION}-gpu"]
}
