"""The commands behind the door `cli`: each module is loaded when one of its commands is run."""
