"""`python -m openhexa_devapp` starts the stand-in App."""

from openhexa_devapp.main import main

if __name__ == "__main__":
    main()
