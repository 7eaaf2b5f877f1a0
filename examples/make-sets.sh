#!/bin/sh
# The data sets of examples/train-sets.toml: 15,000 pictures of 256 x 256 (7.5 a second on two cores for the last).
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
LIDC=$CT/lidc-0001-chest.nii.gz CMB=$CT/cmb-crc-chest.nii.gz BODY=$ATLAS/bodyparts3d EXAMPLE=$CT/totalsegmentator-example
MALE=$ATLAS/hra-male FEMALE=$ATLAS/hra-female ACRIN=$PATIENTS/acrin-abdomen-pelvis BONES=$CT/fracsegnet-pelvis-00

# lidc-0314 is left out: the rules miss its opaque upper lobe, and would teach half a lung.
fluoroseg generate $OUT/chest --resume --size 256 --images 4500 --seed 601 --view "pa chest" --view "ap chest" \
    --patients $LIDC $CMB phantom $LIDC $CMB phantom $BODY phantom
fluoroseg generate $OUT/pelvis --resume --size 256 --images 5200 --seed 602 \
    --view "ap pelvis" --view "inlet pelvis" --view "outlet pelvis" --view "ap left hip" --view "ap right hip" \
    --view "left obturator oblique pelvis" --view "right obturator oblique pelvis" \
    --view "left iliac oblique pelvis" --view "right iliac oblique pelvis" \
    --patients ${BONES}1 phantom ${BONES}2 $EXAMPLE ${BONES}3 $BODY ${BONES}4 $ACRIN ${BONES}5 phantom $FEMALE $ACRIN phantom
fluoroseg generate $OUT/body --resume --size 256 --images 5300 --seed 603 \
    --patients phantom $BODY $EXAMPLE phantom $MALE $BODY+$MALE phantom $LIDC $PATIENTS/test_pt_247 phantom $CMB \
    $CT/acrin-head-arms-upper-chest.nii.gz phantom $FEMALE $PATIENTS/test_pt_251 phantom $ACRIN phantom $BODY+$FEMALE \
    $PATIENTS/test_pt_302 phantom $EXAMPLE $PATIENTS/train_pt_113 phantom ${BONES}2
