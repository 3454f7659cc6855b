#include "config.h"
#include "model/sharpness_aware.h"

#include <math.h>

/* region: step */
double sharpness_aware_curvature(double lambda, double radius, double norm) {
  return lambda + radius * lambda * lambda / norm;
}

/* The root of h = 2/eta in lambda, with the difference of its numerator multiplied out. */
double sharpness_aware_edge(double eta, double radius, double norm) {
  return 4.0 / eta / (1.0 + sqrt(1.0 + 8.0 * radius / (eta * norm)));
}

double sharpness_aware_cycle(double lambda, double eta, double radius) {
  const double move = eta * lambda;
  return radius * lambda * move / (2.0 - move);
}
/* end region: step */
