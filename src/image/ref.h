/* The name of an image, in the spellings of docker and of skopeo. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/digest.h"

enum ref_kind {
        REF_REGISTRY,       /* [docker://][HOST[:PORT]/]PATH[:TAG][@DIGEST]; short names are docker.io's */
        REF_LAYOUT,         /* oci:FOLDER[:NAME] */
        REF_OCI_ARCHIVE,    /* oci-archive:FILE[:NAME] */
        REF_DOCKER_ARCHIVE, /* docker-archive:FILE[:NAME] */
};

struct ref {
        enum ref_kind kind;
        char *host; /* registry: "docker.io", "127.0.0.1:5000" */
        char *path; /* registry: the repository, "library/debian"; else the folder or file */
        char *tag;  /* registry: "latest" when neither tag nor digest is said; else the NAME, or NULL */
        struct digest digest;
        char *name; /* the whole in full: "docker.io/library/debian:bookworm", "oci:FOLDER" */
};

#define AUTO_REF __attribute__((cleanup(ref_free)))

/* 0, or -1 with a sentence that tells what is wrong with the name. */
int ref_parse(const char *text, struct ref *r, struct err *e);
void ref_free(struct ref *r);
