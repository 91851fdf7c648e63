"""How MMEngine's Runner trains a distiller: loop, runner, precision and hooks."""
