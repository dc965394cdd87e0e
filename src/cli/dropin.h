/* The two command lines that crossarm-binfmt answers to. Both return an exit status that is 0 only when all went well. */
#pragma once

/* docker run --privileged tonistiigi/binfmt --install all | --uninstall LIST | --mount DIR | --version */
int dropin_tonistiigi(int argc, char **argv);

/* docker run --privileged multiarch/qemu-user-static [--reset] [-p yes] [-c yes] [-g no] ... | --check */
int dropin_multiarch(int argc, char **argv);
