/* test: exit=42 args=a,b
   Arguments arrive, and so does the exit status. */
#include <string.h>

int main(int argc, char **argv)
{
        return argc == 3 && !strcmp(argv[1], "a") && !strcmp(argv[2], "b") ? 42 : 1;
}
