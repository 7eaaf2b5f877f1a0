#!/bin/sh
# The data sets of examples/train-sets.toml: 26,150 pictures of 256 x 256 (7 to 9 a second on two cores).
# Run it from the project's folder; DATA holds the CTs and atlases. Each command goes on where it was stopped.
set -e
DATA=${DATA:-../shared/data}
CT=$DATA/ct ATLAS=$DATA/atlas OUT=runs/sets PATIENTS=runs/patients
mkdir -p $OUT $PATIENTS
[ -e $PATIENTS/acrin-abdomen-pelvis ] ||
    fluoroseg patients label $CT/acrin-abdomen-pelvis.nii.gz -o $PATIENTS/acrin-abdomen-pelvis # hip bones, by an atlas
for name in test_pt_247 test_pt_251 test_pt_302 train_pt_113; do
    [ -e $PATIENTS/$name ] || python scripts/prepare_openkbp.py $CT/openkbp-head-neck/$name.npz $PATIENTS/$name
done
while read -r number host name seed; do # real pelves in whole bodies
    [ -e $PATIENTS/pelvis-$name ] ||
        python scripts/prepare_pelvis.py $CT/fracsegnet-pelvis-00$number $host $PATIENTS/pelvis-$name $seed </dev/null
done <<END
1 phantom 1-phantom 11
3 phantom 3-phantom 13
4 phantom 4-phantom 14
2 phantom 2-phantom 32
5 phantom 5-phantom 35
1 $ATLAS/bodyparts3d 1-atlas
2 $ATLAS/bodyparts3d 2-atlas
3 $ATLAS/bodyparts3d 3-atlas
4 $ATLAS/bodyparts3d 4-atlas
END
LIDC=$CT/lidc-0001-chest.nii.gz CMB=$CT/cmb-crc-chest.nii.gz BODY=$ATLAS/bodyparts3d EXAMPLE=$CT/totalsegmentator-example
MALE=$ATLAS/hra-male FEMALE=$ATLAS/hra-female ACRIN=$PATIENTS/acrin-abdomen-pelvis BONES=$CT/fracsegnet-pelvis-00

# lidc-0314 is left out: the rules miss its opaque upper lobe, and would teach half a lung.
fluoroseg generate $OUT/chest --resume --size 256 --images 5000 --seed 611 --view "pa chest" --view "ap chest" \
    --patients $LIDC $CMB phantom $LIDC $CMB phantom $BODY phantom
pelvis() {
    fluoroseg generate "$@" --resume --size 256 \
        --view "ap pelvis" --view "inlet pelvis" --view "outlet pelvis" --view "ap left hip" --view "ap right hip" \
        --view "left obturator oblique pelvis" --view "right obturator oblique pelvis" \
        --view "left iliac oblique pelvis" --view "right iliac oblique pelvis"
}
pelvis $OUT/pelvis --images 5200 --seed 602 --patients ${BONES}1 phantom ${BONES}2 $EXAMPLE ${BONES}3 $BODY ${BONES}4 $ACRIN ${BONES}5 phantom $FEMALE $ACRIN phantom
REAL=$PATIENTS/pelvis-
pelvis $OUT/pelvis2 --images 2100 --seed 605 \
    --patients ${REAL}1-phantom ${REAL}3-atlas ${REAL}4-phantom ${REAL}2-atlas ${REAL}3-phantom ${REAL}1-atlas ${REAL}4-atlas
fluoroseg generate $OUT/body --resume --size 256 --images 5300 --seed 603 \
    --patients phantom $BODY $EXAMPLE phantom $MALE $BODY+$MALE phantom $LIDC $PATIENTS/test_pt_247 phantom $CMB \
    $CT/acrin-head-arms-upper-chest.nii.gz phantom $FEMALE $PATIENTS/test_pt_251 phantom $ACRIN phantom $BODY+$FEMALE \
    $PATIENTS/test_pt_302 phantom $EXAMPLE $PATIENTS/train_pt_113 phantom ${BONES}2
fluoroseg generate $OUT/more --resume --size 256 --images 5000 --seed 604 \
    --patients phantom $BODY $EXAMPLE phantom $MALE $BODY+$MALE phantom $LIDC $CMB $CT/acrin-head-arms-upper-chest.nii.gz \
    phantom $FEMALE $ACRIN phantom $BODY+$FEMALE $PATIENTS/test_pt_302 phantom ${BONES}1 ${BONES}4
# as C-arms show the pelvic ring: the sacrum end on, the cavity free
fluoroseg generate $OUT/pelvis5 --resume --size 256 --images 1900 --seed 613 --view "shallow inlet pelvis" \
    --patients ${REAL}1-phantom ${REAL}3-atlas ${REAL}4-phantom ${REAL}2-atlas ${REAL}5-phantom ${REAL}3-phantom \
    ${REAL}1-atlas ${REAL}4-atlas ${REAL}2-phantom $BODY
# C-arm views from anywhere about the hips
fluoroseg generate $OUT/pelvis4 --resume --size 256 --images 1650 --seed 607 \
    --target "left hip bone" --target "right hip bone" --target sacrum \
    --patients ${REAL}1-phantom ${REAL}3-atlas phantom ${REAL}4-phantom ${REAL}2-atlas ${REAL}5-phantom $BODY \
    ${REAL}3-phantom ${REAL}1-atlas ${REAL}4-atlas ${REAL}2-phantom
