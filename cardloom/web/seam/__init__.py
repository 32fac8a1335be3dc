"""The seam: how an app enters Cardloom. `hooks` lists what it may add, `seam` asks it."""
