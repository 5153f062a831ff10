//! Trigonometry in degrees, as PostgreSQL computes it: every function is scaled by its own value at
//! an angle whose result is known, so that those angles come out exact.

use std::f64::consts::PI;
use std::hint::black_box;

use super::super::call::Float8;
use super::super::registry::Registry;
use super::mathematics::{finite, functions, unit};
use crate::pg::Fault;

pub(super) fn register(registry: &mut Registry) {
    functions(
        registry,
        &[
            (&["sind"], sind),
            (&["cosd"], cosd),
            (&["tand"], |x| tangent(x, true)),
            (&["cotd"], |x| tangent(x, false)),
            (&["asind"], |x| {
                let x = unit(x)?;
                Ok(if x < 0.0 { -asind_q1(-x) } else { asind_q1(x) })
            }),
            (&["acosd"], |x| {
                let x = unit(x)?;
                Ok(if x < 0.0 {
                    90.0 + asind_q1(-x)
                } else {
                    acosd_q1(x)
                })
            }),
            (&["atand"], |x| Ok(arc(x.atan()))),
        ],
    );
    registry.binary::<Float8, Float8, f64>("atan2d(float8,float8)", |y, x, _| Ok(arc(y.atan2(x))));
}

/// The arc tangent as a part of that of 1, which is 45 degrees.
fn arc(radians: f64) -> f64 {
    radians / black_box(1.0_f64).atan() * 45.0
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

/// The sine of 0 to 30 degrees.
fn sind_0_to_30(x: f64) -> f64 {
    radians(x).sin() / radians(black_box(30.0)).sin() / 2.0
}

/// The cosine of 0 to 60 degrees.
fn cosd_0_to_60(x: f64) -> f64 {
    let part = 1.0 - radians(x).cos();
    1.0 - part / (1.0 - radians(black_box(60.0)).cos()) / 2.0
}

fn sind_q1(x: f64) -> f64 {
    if x <= 30.0 {
        sind_0_to_30(x)
    } else {
        cosd_0_to_60(90.0 - x)
    }
}

fn cosd_q1(x: f64) -> f64 {
    if x <= 60.0 {
        cosd_0_to_60(x)
    } else {
        sind_0_to_30(90.0 - x)
    }
}

fn asind_q1(x: f64) -> f64 {
    if x <= 0.5 {
        x.asin() / black_box(0.5_f64).asin() * 30.0
    } else {
        90.0 - x.acos() / black_box(0.5_f64).acos() * 60.0
    }
}

fn acosd_q1(x: f64) -> f64 {
    if x <= 0.5 {
        90.0 - x.asin() / black_box(0.5_f64).asin() * 30.0
    } else {
        x.acos() / black_box(0.5_f64).acos() * 60.0
    }
}

fn sind(x: f64) -> Result<f64, Fault> {
    let mut angle = finite(x)? % 360.0;
    let mut sign = 1.0;
    if angle < 0.0 {
        (angle, sign) = (-angle, -sign);
    }
    if angle > 180.0 {
        (angle, sign) = (360.0 - angle, -sign);
    }
    if angle > 90.0 {
        angle = 180.0 - angle;
    }
    Ok(sign * sind_q1(angle))
}

fn cosd(x: f64) -> Result<f64, Fault> {
    let mut angle = (finite(x)? % 360.0).abs();
    let mut sign = 1.0;
    if angle > 180.0 {
        angle = 360.0 - angle;
    }
    if angle > 90.0 {
        (angle, sign) = (180.0 - angle, -sign);
    }
    Ok(sign * cosd_q1(angle))
}

/// The tangent, or the cotangent, as a part of that of 45 degrees.
fn tangent(x: f64, upright: bool) -> Result<f64, Fault> {
    let mut angle = finite(x)? % 360.0;
    let mut sign = 1.0;
    if angle < 0.0 {
        (angle, sign) = (-angle, -sign);
    }
    if angle > 180.0 {
        (angle, sign) = (360.0 - angle, -sign);
    }
    if angle > 90.0 {
        (angle, sign) = (180.0 - angle, -sign);
    }
    let ratio = |angle: f64| {
        if upright {
            sind_q1(angle) / cosd_q1(angle)
        } else {
            cosd_q1(angle) / sind_q1(angle)
        }
    };
    let result = sign * (ratio(angle) / ratio(black_box(45.0)));
    // Zero has no sign here, whatever the machine says.
    Ok(if result == 0.0 { 0.0 } else { result })
}
