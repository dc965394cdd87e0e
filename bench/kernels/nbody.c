/* The n-body problem in double precision: scalar FP with square root and division. */
#include "bench.h"
#include <math.h>

struct body {
        double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[5] = {
        { 0, 0, 0, 0, 0, 0, 39.47841760435743 },
        { 4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.606326392995832, 2.81198684491626, -0.02521836165988763,
                0.03769367487038949 },
        { 8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -1.01077434617879, 1.82566237123041, 0.008415761376584154,
                0.011286326131968767 },
        { 12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 1.08279100644154, 0.868713018169608, -0.01083263740136364,
                0.0017237240570597112 },
        { 15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.979090732243898, 0.594698998647676, -0.03475595555078104,
                0.0020336868699246304 },
};

static void advance(double dt)
{
        for (int i = 0; i < 5; i++) {
                struct body *a = &bodies[i];
                for (int j = i + 1; j < 5; j++) {
                        struct body *b = &bodies[j];
                        double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
                        double d2 = dx * dx + dy * dy + dz * dz, mag = dt / (d2 * sqrt(d2));
                        a->vx -= dx * b->mass * mag;
                        a->vy -= dy * b->mass * mag;
                        a->vz -= dz * b->mass * mag;
                        b->vx += dx * a->mass * mag;
                        b->vy += dy * a->mass * mag;
                        b->vz += dz * a->mass * mag;
                }
        }
        for (int i = 0; i < 5; i++) {
                bodies[i].x += dt * bodies[i].vx;
                bodies[i].y += dt * bodies[i].vy;
                bodies[i].z += dt * bodies[i].vz;
        }
}

int main(int argc, char **argv)
{
        const long rounds = 4000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++)
                advance(0.01);
        printf("%.13g %.13g\n", bodies[0].x, bodies[3].vy);
        return 0;
}
