"""Writes the files of this folder with NumPy. Run in this folder."""
import numpy as np

rising = np.arange(24).reshape(2, 3, 4)
for dtype in ["<f4", "<f8", "<f2", ">f4", ">f8", ">f2", "<i8", "<i4", "<i2", "|i1", "|u1", "<u2", "<u4", ">i4", ">i8"]:
    name = dtype.replace("<", "little_").replace(">", "big_").replace("|", "")
    values = rising / 2 - 1 if "f" in dtype else rising * 5 if "u" in dtype else rising - 3
    np.save(name, values.astype(dtype))
np.save("fortran", np.asfortranarray(rising / 2 - 1))
np.save("fortran_big_f4", np.asfortranarray(rising / 2 - 1).astype(">f4", order="F"))
np.save("vector", np.arange(5.0))
np.save("booleans", rising % 3 == 0)
np.save("scalar", np.float32(2.5))
np.save("empty", np.zeros((0, 3), dtype="<f4"))
np.save("halves", np.array([0, -0.0, 1, -2, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, np.nan], dtype="<f2"))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f"version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, rising / 2 - 1, version=version)
arrays = {"weights": (rising / 2 - 1).astype("<f4"), "layer/bias": np.arange(3), "mask": np.array([True, False])}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)

np.save("refused_object", np.array([{}], dtype=object), allow_pickle=True)
np.save("refused_complex", np.zeros(2, dtype="<c8"))
np.save("refused_text", np.array(["a", "bc"]))
np.save("refused_record", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("refused_uint64", np.zeros(2, dtype="<u8"))
np.savez("refused_uint64.npz", a=np.zeros(2, dtype="<u8"))
