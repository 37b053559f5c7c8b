#!/bin/sh
# Ice Ih beside liquid water at 268 K: the simulation behind the bundled icewater sample, in five steps.
# Needs genice2, GROMACS (2021 or later, for C-rescale) and python3 with numpy. Writes into the folder it is started in.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# stage NAME SETTINGS STRUCTURE TOPOLOGY [CHECKPOINT]: settings are joined from files, last come those of the stage.
stage() {
    for part in common $2; do cat "$here/$part.mdp"; done > "$1.mdp"
    gmx -quiet -nobackup grompp -f "$1.mdp" -c "$3" -p "$4" ${5:+-t "$5"} -o "$1.tpr" -po "$1.out.mdp"
    gmx -quiet -nobackup mdrun -deffnm "$1"
}

# 1. A crystal of 864 molecules whose hydrogens are disordered and which has no dipole.
genice2 1h --rep 3 3 6 --water tip4p --format gromacs --seed 1000 > ice.gro
python3 "$here/join.py" topology 864 > ice.top

# 2. The same box, molten.
stage ice-relaxed relax ice.gro ice.top
stage liquid "dynamics melt" ice-relaxed.gro ice.top

# 3. The lower half of the crystal and the upper half of the liquid in one box.
python3 "$here/join.py" halves ice.gro liquid.gro start.gro start.top

# 4. Contact.
stage relaxed relax start.gro start.top
stage settled "dynamics settle" relaxed.gro start.top

# 5. The run.
stage run "dynamics run" settled.gro start.top settled.cpt
