/* Images in registries as targets. Layers are read while they come; what is listed and what is there is judged as in an OCI layout. */
#pragma once
#include "audit/artefact.h"
#include "audit/audit.h"

/* "docker://[HOST/]NAME[:TAG][@DIGEST]" */
bool registry_is_name(const char *target);

/*
 * Read the manifests, configs and layers of what a->path names: of an index the image for o->platform, or each one. What goes wrong becomes
 * an error of the artefact.
 */
void registry_scan(struct artefact *a, const struct audit_options *o);
